"""Which Python interpreters this machine has, by minor version."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SUPPORTED = ("3.11", "3.12", "3.13")
AV_LINE = (3, 12)  # PyAV 18 below, PyAV 19 from here on


def parse(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def answers(python: str, version: str) -> bool:
    """Whether this program runs and is that version (a pyenv shim may exist and refuse)."""
    asked = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", asked], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def find(version: str) -> str | None:
    """A program of that minor version, from PATH or among pyenv's versions; None where there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    kept = sorted(str(path) for path in pyenv.glob(f"versions/{version}.*/bin/python"))
    candidates = [*reversed(kept), shutil.which(f"python{version}")]
    return next((c for c in candidates if c and answers(c, version)), None)


def across_the_av_line(version: str) -> tuple[str, str] | None:
    """The newest supported interpreter that gets the other PyAV than `version` does: (version, program)."""
    here = parse(version) >= AV_LINE
    for other in reversed(SUPPORTED):
        if (parse(other) >= AV_LINE) != here and (program := find(other)):
            return other, program
    return None
