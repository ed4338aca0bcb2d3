"""Make a virtual environment with codek7 in it: `python -m scripts.install .venv dev,s3`.

The interpreter that runs this is the one the environment gets. What was installed is remembered by content
(pyproject.toml, constraints.txt, interpreter, extras), so that a second run returns at once.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from scripts import apt

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)


def fingerprint(extras: str) -> str:
    inputs = [(ROOT / "pyproject.toml").read_bytes(), (ROOT / "constraints.txt").read_bytes()]
    facts = f"{sys.version}\n{extras}\n{ROOT}".encode()
    return hashlib.sha256(b"\0".join([*inputs, facts])).hexdigest()


def same_interpreter(venv: Path) -> bool:
    """Whether this environment works and is of our minor version."""
    asked = f"import sys, pip; print(sys.version_info[:2] == {sys.version_info[:2]})"
    try:
        done = subprocess.run([str(venv / "bin" / "python"), "-c", asked], capture_output=True, check=False)
    except OSError:
        return False
    return done.stdout.strip() == b"True"


def can_make_venvs() -> bool:
    """Debian splits venv and ensurepip off its Python; this asks without making anything."""
    asked = [sys.executable, "-c", "import venv, ensurepip"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def make_venv(venv: Path) -> None:
    if not can_make_venvs():
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        apt.install([package], why="this Python cannot make virtual environments by itself")
    print(f"making {venv} with Python {sys.version.split()[0]}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)


def install(venv: Path, extras: str) -> None:
    print(f"installing codek7[{extras}] into {venv} (a minute or two, once)", flush=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "-c", "constraints.txt", "-e", f".[{extras}]"], cwd=ROOT, check=True)


def main(venv: Path, extras: str) -> int:
    if sys.version_info[:2] < OLDEST:
        print(f"codek7 needs Python 3.11 or later and this is {sys.version.split()[0]}.", file=sys.stderr)
        print("Name another one: make PYTHON=python3.12 install", file=sys.stderr)
        return 1
    stamp = venv / ".installed"
    wanted = fingerprint(extras)
    if stamp.exists() and stamp.read_text() == wanted:
        return 0
    try:
        if not same_interpreter(venv):
            make_venv(venv)
        install(venv, extras)
    except subprocess.CalledProcessError as failed:
        print(f"stopped: `{' '.join(map(str, failed.cmd))}` ended with {failed.returncode}", file=sys.stderr)
        return 1
    stamp.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
