"""Pins every dependency anew, with hashes and without any host: requirements/*.txt from pyproject.toml."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = str(ROOT / ".venv" / "bin" / "uv")


def main() -> None:
    subprocess.run([UV, "lock", "--upgrade"], cwd=ROOT, check=True)
    for name, groups in (("run", ["--no-default-groups"]), ("dev", ["--group", "dev"])):
        target = ROOT / "requirements" / f"{name}.txt"
        export = [
            UV,
            "export",
            "--frozen",
            "--no-emit-project",
            "--format",
            "requirements.txt",
            "--no-header",
            "-q",
        ]
        subprocess.run([*export, *groups, "-o", str(target)], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
