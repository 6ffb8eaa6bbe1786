"""Makes sure a Chromium is there for the browser tests: the system's own, else Debian's package where we may
install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    if any(shutil.which(name) for name in NAMES):
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("installing Chromium for the browser tests", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet, stdout=subprocess.DEVNULL)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
            check=True,
            env=quiet,
            stdout=subprocess.DEVNULL,
        )
        return 0
    print("the browser tests need Chromium: install your system's package `chromium`, then `make test` again")
    return 1


if __name__ == "__main__":
    sys.exit(main())
