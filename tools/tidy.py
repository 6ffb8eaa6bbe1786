"""The house rules that no linter knows, as a check. Each rule's message is written for the person who meets
it.

    python tools/tidy.py            prints `path:line: rule: what to do`, exits 1 if anything was found
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "jts"

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
LARGE_FILE_BYTES = 2_000_000
DRAWERS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "manager",
    "managers",
    "tools",
    "stuff",
    "base",
}
INNER = (
    "domain",
    "language",
    "simulation",
    "contracts",
    "ports",
    "services",
    "backtest",
    "gateway",
    "brokers",
)
SEAM = ("adapters/clock/",)
"""The only place that reads the machine's clock and chance."""

BANNED_CALLS = {
    "time.time": "ask the Clock port",
    "time.time_ns": "ask the Clock port",
    "time.sleep": "wait through the Clock port",
    "asyncio.sleep": "wait through the Clock port",
    "datetime.now": "ask the Clock port",
    "datetime.utcnow": "ask the Clock port",
    "datetime.datetime.now": "ask the Clock port",
    "date.today": "ask the venue's session calendar",
    "uuid.uuid4": "ask the Names port",
    "random.random": "chance comes from a seeded source that is given",
    "random.randint": "chance comes from a seeded source that is given",
    "os.urandom": "ask the Names port",
    "secrets.token_bytes": "ask the Names port",
    "secrets.token_urlsafe": "ask the Names port",
    "secrets.token_hex": "ask the Names port",
}
STANDARD = {*sys.stdlib_module_names, "_typeshed"}


@dataclass(frozen=True, slots=True)
class Finding:
    path: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.rule}: {self.message}"


@lru_cache(maxsize=1)
def looked_at(tree: ast.Module) -> tuple[ast.AST, ...]:
    """The nodes that rules look at, in the order of the text: walked once per file, not once per rule."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Call | ast.Import | ast.ImportFrom
    return tuple(node for node in ast.walk(tree) if isinstance(node, kinds))


def file_length(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield Finding(path, 1, "file-length", f"{lines} lines, at most {FILE_LINES_MAX}: divide the room")


def function_length(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    for node in looked_at(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield Finding(
                    path,
                    node.lineno,
                    "function-length",
                    f"{node.name}: {lines} lines, at most {FUNCTION_LINES_MAX}",
                )


def drawer_names(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    for part in (*path.relative_to(SOURCE).parts[:-1], path.stem):
        if part in DRAWERS:
            yield Finding(
                path, 1, "drawer", f"{part!r} names no noun: find the noun, and move the code beside it"
            )


def purpose_first(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    if not ast.get_docstring(tree):
        yield Finding(path, 1, "purpose", "a file begins with its purpose, as a docstring")


def empty_init(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    top = path == SOURCE / "__init__.py"
    if path.name == "__init__.py" and len(tree.body) > 1 and not top:
        yield Finding(
            path, tree.body[1].lineno, "init", "__init__.py holds the room's purpose and nothing else"
        )


def seam_only(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    room = path.relative_to(SOURCE).as_posix()
    if not room.startswith(INNER) or room.startswith(SEAM):
        return
    for node in looked_at(tree):
        if isinstance(node, ast.Call) and (name := _dotted(node.func)) in BANNED_CALLS:
            yield Finding(path, node.lineno, "seam", f"{name}(): {BANNED_CALLS[name]}")


def domain_is_pure(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    if not path.is_relative_to(SOURCE / "domain"):
        return
    for node in (n for n in looked_at(tree) if isinstance(n, ast.Import | ast.ImportFrom)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif node.module:
            names = [node.module]
        for name in names:
            top = name.split(".")[0]
            if top not in STANDARD and not name.startswith("jts.domain"):
                yield Finding(
                    path, node.lineno, "pure", f"domain imports the standard library only, not {name}"
                )


def approved_from_risk_only(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    if path.is_relative_to(SOURCE / "services" / "risk"):
        return
    for node in looked_at(tree):
        if isinstance(node, ast.Call) and _dotted(node.func) in ("Approved", "verdict.Approved"):
            yield Finding(path, node.lineno, "approved", "only services/risk may make an Approved: ask risk")


def absolute_imports(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    for node in looked_at(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield Finding(path, node.lineno, "absolute", "imports are absolute, to the defining module")


def no_pickle(path: Path, tree: ast.Module, text: str) -> Iterator[Finding]:
    for node in (n for n in looked_at(tree) if isinstance(n, ast.Import | ast.ImportFrom)):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        for name in names:
            if name.split(".")[0] in ("pickle", "marshal", "shelve"):
                yield Finding(
                    path, node.lineno, "pickle", f"{name} can run what it reads: use JSON or columns"
                )


RULES: tuple[Callable[[Path, ast.Module, str], Iterator[Finding]], ...] = (
    file_length,
    function_length,
    drawer_names,
    purpose_first,
    empty_init,
    seam_only,
    domain_is_pure,
    approved_from_risk_only,
    absolute_imports,
    no_pickle,
)

_REGISTRY = re.compile(r'"resolved":\s*"https?:|--(extra-)?index-url|^registry *= *"?https?:|find-links')


def tracked() -> list[Path]:
    out = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / name for name in out.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def repository_findings() -> Iterator[Finding]:
    """Rules about every tracked file: no machine's paths, no registry hosts, nothing too large."""
    machine = str(ROOT.parent) + "/"
    for path in tracked():
        if path.stat().st_size > LARGE_FILE_BYTES:
            yield Finding(path, 1, "large", f"{path.stat().st_size} bytes: is it needed here?")
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path.name in ("tidy.py", "lock.py"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if len(machine) > 4 and machine in line:
                yield Finding(
                    path, number, "machine", "a path of this machine; say it relative to the project"
                )
            if _REGISTRY.search(line):
                yield Finding(path, number, "registry", "names a package registry; lock files here name none")


def python_findings() -> Iterator[Finding]:
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text, str(path))
        for rule in RULES:
            yield from rule(path, tree, text)
    nothing = ast.parse("")  # the rule of lengths looks at the text alone, and ruff has read the syntax
    for folder in ("tests", "tools", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from file_length(path, nothing, path.read_text(encoding="utf-8"))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def main() -> int:
    findings = [*python_findings(), *repository_findings()]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
