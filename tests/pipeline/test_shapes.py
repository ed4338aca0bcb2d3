"""Sources of every shape come out upright, square, tagged, and with all their frames."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from codek7.check import check_presentation
from codek7.core.events import AssetPublished, MediaProbed, PresentationPackaged
from codek7.core.ladder import Ladder, Rung
from codek7.hub import Hub
from codek7.jobs import ingest_source

pytestmark = pytest.mark.media

MakeClip = Callable[..., Path]
CLIPS: dict[str, dict[str, Any]] = {
    "plain": {},
    "variable": {"vfr": True, "fps": "30"},
    "open_gop": {"open_gop": True, "b_frames": 3, "container": "mkv"},
    "transport_stream": {"codec": "mpeg2", "open_gop": True, "container": "ts", "audio_codec": "mp2"},
    "edit_list": {"hidden_s": 1.3},
    "rotated": {"rotation": 90},
    "anamorphic": {"width": 240, "height": 180, "sar": "4/3"},
    "interlaced": {"interlaced": True, "fps": "25"},
    "full_range": {"full_range": True},
    "ten_bit": {"codec": "hevc", "pixel": "yuv420p10le"},
    "hdr10": {"codec": "hevc", "pixel": "yuv420p10le", "transfer": "smpte2084"},
    "silent": {"audio": ()},
    "odd": {"pixel": "yuv444p", "width": 321, "height": 181},
    "fast": {"fps": "100"},
}
UPRIGHT = {"rotated": (180, 320), "anamorphic": (320, 180), "odd": (320, 180)}


@pytest.mark.parametrize("name", CLIPS)
def test_the_shape_is_right(name: str, make_clip: MakeClip, tmp_path: Path) -> None:
    clip = make_clip(name, **{"seconds": 3.0, **CLIPS[name]})
    with Hub.open(tmp_path / "home", environ={}) as hub:
        events = list(ingest_source(hub, str(clip), policy="source"))
    ending = events[-1]
    assert isinstance(ending, AssetPublished), ending
    main = tmp_path / "home" / "store" / ending.playlist
    report = check_presentation(main)
    assert report.ok, report
    (video,) = [r for e in events if isinstance(e, PresentationPackaged) for r in e.renditions if r.rung]
    probed = next(e.info.video for e in events if isinstance(e, MediaProbed))
    assert probed is not None
    size, frames, tags = _decoded(main.parent / video.name)
    assert size == UPRIGHT.get(name, (320, 180))
    divisor = 2 if name == "fast" else 1
    assert frames == -(-probed.frames // divisor)
    assert tags == ("bt709" if name == "hdr10" else tags[0], "tv")
    assert ending.duration_us == pytest.approx(probed.duration_us, abs=2)


def _decoded(folder: Path) -> tuple[tuple[int, int], int, tuple[str, str]]:
    """Size, number of frames, and the matrix and range of a rendition, from its pictures."""
    body = b"".join(p.read_bytes() for p in (folder / "init.mp4", *sorted(folder.glob("*.m4s"))))
    with av.open(io.BytesIO(body), "r") as container:
        frames = list(container.decode(video=0))
        stream = container.streams.video[0]
        assert (stream.sample_aspect_ratio or Fraction(1)) == 1
    first = frames[0]
    assert first.pts == 0
    assert not first.interlaced_frame
    times = [frame.pts for frame in frames if frame.pts is not None]
    assert times == sorted(set(times))
    matrices = {1: "bt709", 5: "bt470bg", 6: "smpte170m"}
    ranges = {1: "tv", 2: "pc"}
    return (
        (first.width, first.height),
        len(frames),
        (matrices[int(first.colorspace)], ranges[int(first.color_range)]),
    )


def test_hdr_is_kept_where_asked(make_clip: MakeClip, tmp_path: Path) -> None:
    """HDR10 in HEVC and AV1 beside SDR in H.264, each tagged as what it is."""
    clip = make_clip("hdr10", codec="hevc", pixel="yuv420p10le", transfer="smpte2084", seconds=2.0)
    common: dict[str, Any] = {"width": 320, "height": 180, "ceiling_bps": 600_000}
    rungs = (
        Rung(codec="h264", crf=28, **common),
        Rung(codec="hevc", crf=30, bit_depth=10, dynamic_range="hdr10", **common),
        Rung(codec="av1", crf=40, bit_depth=10, dynamic_range="hdr10", preset="12", **common),
    )
    with Hub.open(tmp_path / "home", environ={}) as hub:
        ending = list(ingest_source(hub, str(clip), ladder=Ladder(rungs=rungs)))[-1]
    assert isinstance(ending, AssetPublished), ending
    main = (tmp_path / "home" / "store" / ending.playlist).read_text()
    assert main.count("VIDEO-RANGE=PQ") == 4
    assert main.count("VIDEO-RANGE=SDR") == 2
