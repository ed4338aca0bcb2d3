"""Environments that see all that is installed here, for what must not stay installed after a test."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def make_venv(folder: Path) -> str:
    """A new environment's interpreter."""
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    (site,) = folder.glob("lib/python3*/site-packages")
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
    return str(folder / "bin" / "python")


def install(python: str, package: Path) -> None:
    """`pip install -e`, with nothing from elsewhere."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install"]
    run([*pip, "--quiet", "--no-deps", "--no-build-isolation", "-e", str(package)])


def run(argv: list[str], cwd: Path | None = None, **environ: str) -> str:
    """What it printed; fails with it where it ended with an error."""
    outside = {**os.environ, **environ}
    done = subprocess.run(argv, cwd=cwd, env=outside, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
