"""Runs the tests of what a change touches: the changed rooms and every room above them in the floor plan."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent


def changed_modules() -> set[str]:
    out = subprocess.run(
        ["git", "diff", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    out += subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "src"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    paths = [Path(name) for name in out if name.startswith("src/jts/") and name.endswith(".py")]
    return {
        ".".join(path.relative_to("src").with_suffix("").parts).removesuffix(".__init__") for path in paths
    }


def affected_rooms(modules: set[str]) -> set[str]:
    graph = grimp.build_graph("jts")
    reached = set(modules)
    for module in modules & graph.modules:
        reached |= graph.find_downstream_modules(module)
    return {module.split(".")[1] for module in reached if "." in module}


def main() -> int:
    rooms = affected_rooms(changed_modules())
    folders = [str(folder) for room in sorted(rooms) if (folder := ROOT / "tests" / room).is_dir()]
    if not folders:
        print("nothing that tests know is affected")
        return 0
    print("affected:", ", ".join(sorted(rooms)))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "not browser", *folders], cwd=ROOT
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
