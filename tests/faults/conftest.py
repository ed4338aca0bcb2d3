"""What the program is run on when things go wrong around it, and programs that go wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import clip, home, ladder, slow, taller

__all__ = ["clip", "home", "ladder", "slow", "taller"]

Wrap = Callable[[str], Path]

WRAPPER = """\
#!{python} -IS
import os, pathlib, signal, subprocess, sys
real, here, arguments = {real!r}, pathlib.Path({here!r}), sys.argv[1:]
outputs = [pathlib.Path(a) for a in arguments if os.path.basename(a).startswith("target-")]
def width_of(path):
    body = path.read_bytes()
    entry = body.index(b"avc1", body.index(b"stsd"))
    return int.from_bytes(body[entry + 28 : entry + 30], "big")
if "-version" in arguments or "-encoders" in arguments:
    os.execv(real, [real, *arguments])
{code}
os.execv(real, [real, *arguments])
"""


@pytest.fixture
def wrap(ffmpeg: str, tmp_path: Path) -> Wrap:
    """`wrap("sys.exit(3)")`: an ffmpeg program that does this before, or instead of, what is asked of it.

    The code finds `real` (ffmpeg's path), `arguments`, `outputs` (the files of rungs), `width_of` (a written
    rung's) and `here` (a folder to remember things in). Run it outside the sandbox, which hides those.
    """

    def wrap(code: str) -> Path:
        path = tmp_path / "ffmpeg"
        path.write_text(WRAPPER.format(python=sys.executable, real=ffmpeg, here=str(tmp_path), code=code))
        path.chmod(0o700)
        return path

    return wrap
