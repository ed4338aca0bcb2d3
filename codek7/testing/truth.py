"""What the ffmpeg program itself decodes of a file: the measure for probers and encoders."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple


class Shown(NamedTuple):
    """One decoded picture: when it presents, in seconds of the container's clock, and what it is (MD5)."""

    at: Fraction
    md5: str


def decoded(ffmpeg: str, path: Path, filters: str = "null") -> list[Shown]:
    """Every picture of the first video track, in order, by a decode of the whole file."""
    argv = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-i", str(path), "-map", "0:v:0"]
    argv += ["-copyts", "-fps_mode", "passthrough", "-enc_time_base:v", "demux", "-filter:v", filters]
    done = subprocess.run(
        [*argv, "-f", "framehash", "-hash", "md5", "pipe:1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(_read(done.stdout.splitlines()))


def _read(lines: Sequence[str]) -> list[Shown]:
    """FFmpeg's `framehash` format: `#tb 0: 1/12288`, then stream, dts, pts, duration, size and hash."""
    base = next(Fraction(line.partition(": ")[2]) for line in lines if line.startswith("#tb 0: "))
    fields = ([part.strip() for part in line.split(",")] for line in lines if not line.startswith("#"))
    return [Shown(int(pts) * base, md5) for _, _, pts, _, _, md5 in fields]


THUMB = (48, 28)
NEIGHBOURS = 3


def thumbnails(ffmpeg: str, path: Path) -> list[bytes]:
    """Every picture of the first video track, small and grey."""
    width, height = THUMB
    argv = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-i", str(path), "-map", "0:v:0"]
    argv += ["-fps_mode", "passthrough", "-vf", f"scale={width}:{height}:flags=area,format=gray"]
    done = subprocess.run([*argv, "-f", "rawvideo", "pipe:1"], capture_output=True, check=True)
    size = width * height
    return [done.stdout[at : at + size] for at in range(0, len(done.stdout), size)]


def unlike(made: Sequence[bytes], source: Sequence[bytes]) -> list[int]:
    """Numbers of the pictures that are more like one of the source's neighbours than like their own."""
    return [
        number
        for number, picture in enumerate(made)
        if number >= len(source)
        or min(
            range(max(0, number - NEIGHBOURS), min(len(source), number + NEIGHBOURS + 1)),
            key=lambda other: (_distance(picture, source[other]), other != number),
        )
        != number
    ]


def _distance(one: bytes, other: bytes) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))
