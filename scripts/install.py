"""Make an environment with codek7 in it: `python -m scripts.install [--with-this-python] .venv dev,s3`.

A new environment gets the interpreter that runs this. One that is there is kept, unless it is broken or
`--with-this-python` asks for another version. What was installed is remembered by content (pyproject.toml,
constraints.txt, interpreter, extras), so that a second run returns at once.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from scripts import apt

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)


def fingerprint(venv: Path, extras: str) -> str:
    """What an installation depends on: of pyproject.toml not the tables of linters and the like."""
    import tomllib  # here, so that an older Python gets as far as being told

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    facts = [project["build-system"], project["project"], project["tool"]["hatch"], extras, str(ROOT)]
    files = [(ROOT / "constraints.txt").read_text(), (venv / "pyvenv.cfg").read_text()]
    return hashlib.sha256(json.dumps([facts, files]).encode()).hexdigest()


def usable(venv: Path, with_this_python: bool) -> bool:
    """Whether this environment works, and has our minor version where that was asked for."""
    asked = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    command = [str(venv / "bin" / "python"), "-c", asked]
    try:
        version = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return False
    found = tuple(int(part) for part in version.split(".") if part)
    return found == sys.version_info[:2] if with_this_python else found >= OLDEST


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


def refuse_old_python() -> None:
    if sys.version_info[:2] < OLDEST:
        sys.exit(
            f"codek7 needs Python 3.11 or later and this is {sys.version.split()[0]}.\n"
            "Name another one: make PYTHON=python3.12 install"
        )


def main(venv: Path, extras: str, with_this_python: bool) -> int:
    refuse_old_python()
    kept = usable(venv, with_this_python)
    stamp = venv / ".installed"
    if kept and stamp.exists() and stamp.read_text() == fingerprint(venv, extras):
        return 0
    try:
        if not kept:
            make_venv(venv)
        install(venv, extras)
    except subprocess.CalledProcessError as failed:
        print(f"stopped: `{' '.join(map(str, failed.cmd))}` ended with {failed.returncode}", file=sys.stderr)
        return 1
    stamp.write_text(fingerprint(venv, extras))
    return 0


if __name__ == "__main__":
    exact = "--with-this-python" in sys.argv
    folder, wanted = (argument for argument in sys.argv[1:] if not argument.startswith("--"))
    sys.exit(main(Path(folder), wanted, exact))
