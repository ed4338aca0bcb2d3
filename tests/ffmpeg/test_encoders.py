"""Encoder options, on real encoders."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import pytest

from codek7.core.ladder import Codec, Rung
from codek7.ffmpeg.encoders import video_options

pytestmark = pytest.mark.media


def out_of_order(path: Path) -> int:
    """By how many pictures one comes too early, at most."""
    with av.open(str(path)) as container:
        pts = [packet.pts for packet in container.demux(video=0) if packet.pts is not None]
    shown = sorted(pts)
    return max(at - shown.index(time) for at, time in enumerate(pts))


@pytest.mark.parametrize("reorder", [0, 1, 2])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_pictures_are_as_much_out_of_order_as_they_may_be(
    ffmpeg: str, tmp_path: Path, codec: Codec, reorder: int
) -> None:
    rung = Rung(codec=codec, width=192, height=108, crf=30, ceiling_bps=200_000)
    options = video_options(rung, Fraction(25), reorder)
    argv = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=192x108:rate=25:duration=2"]
    argv += [part for name, value in options.items() for part in (f"-{name}", value)]
    subprocess.run([*argv, str(tmp_path / "made.mp4")], check=True)
    assert out_of_order(tmp_path / "made.mp4") == reorder
