"""The clips that other tests stand on are what they say, as the installed PyAV reads them."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from tests.conftest import MakeClip

pytestmark = pytest.mark.media


def durations(path: Path) -> set[int]:
    """The distances between neighbouring pictures, in ticks of the track."""
    with av.open(path) as media:
        times = sorted(frame.pts or 0 for frame in media.decode(video=0))
    return {later - earlier for earlier, later in pairwise(times)}


def test_a_plain_clip(make_clip: MakeClip) -> None:
    with av.open(make_clip("plain")) as media:
        video, audio = media.streams.video[0], media.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 320, 180)
        assert video.average_rate == 24
        assert video.frames == 120
        assert (audio.codec_context.name, audio.codec_context.channels) == ("aac", 2)


def test_a_clip_is_made_once(make_clip: MakeClip) -> None:
    first = make_clip("once", seconds=1)
    made = first.stat().st_mtime_ns
    assert make_clip("once", seconds=1) == first
    assert first.stat().st_mtime_ns == made
    assert make_clip("once", seconds=2) != first


@pytest.mark.parametrize(
    ("codec", "container", "read_as"),
    [
        ("hevc", "mp4", "hevc"),
        ("av1", "mp4", "av1"),
        ("vp9", "webm", "vp9"),
        ("mpeg2", "ts", "mpeg2video"),
        ("mpeg4", "mov", "mpeg4"),
    ],
)
def test_codecs_and_containers(make_clip: MakeClip, codec: str, container: str, read_as: str) -> None:
    with av.open(make_clip("codec", codec=codec, container=container, seconds=1)) as media:
        assert media.streams.video[0].codec_context.codec.canonical_name == read_as
        assert len(list(media.decode(video=0))) == 24


def test_ten_bit_hdr(make_clip: MakeClip) -> None:
    path = make_clip("pq", codec="hevc", pixel="yuv420p10le", transfer="smpte2084", seconds=1)
    with av.open(path) as media:
        frame = next(media.decode(video=0))
        assert frame.format.name == "yuv420p10le"
        assert (frame.color_trc, frame.color_primaries, frame.colorspace) == (16, 9, 9)


def test_full_range_and_sample_aspect(make_clip: MakeClip) -> None:
    with av.open(make_clip("full", full_range=True, sar="4/3", seconds=1)) as media:
        frame = next(media.decode(video=0))
        assert frame.color_range == 2
        assert media.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


def test_rotation(make_clip: MakeClip) -> None:
    with av.open(make_clip("turned", rotation=90, seconds=1)) as media:
        assert next(media.decode(video=0)).rotation == 90


def test_variable_frame_rate(make_clip: MakeClip) -> None:
    assert len(durations(make_clip("vfr", vfr=True, seconds=2))) == 3
    assert len(durations(make_clip("cfr", seconds=2))) == 1


def test_interlaced(make_clip: MakeClip) -> None:
    with av.open(make_clip("fields", interlaced=True, fps="25", seconds=1)) as media:
        frames = list(media.decode(video=0))
        assert len(frames) == 25
        assert all(frame.interlaced_frame for frame in frames)


def test_tracks_languages_and_chapters(make_clip: MakeClip) -> None:
    what = {"audio": ("eng", "deu"), "subtitles": ("eng", "fra"), "chapters": 2, "channels": 6}
    with av.open(make_clip("tracks", **what)) as media:
        assert [s.language for s in media.streams.audio] == ["eng", "deu"]
        assert [s.language for s in media.streams.subtitles] == ["eng", "fra"]
        assert {s.codec_context.channels for s in media.streams.audio} == {6}
        assert [c["metadata"]["title"] for c in media.chapters()] == ["Part 1", "Part 2"]


def test_sound_without_picture_and_picture_without_sound(make_clip: MakeClip) -> None:
    with av.open(make_clip("heard", codec=None)) as media:
        assert (len(media.streams.video), len(media.streams.audio)) == (0, 1)
    with av.open(make_clip("seen", audio=())) as media:
        assert (len(media.streams.video), len(media.streams.audio)) == (1, 0)


def test_an_edit_list_hides_the_start(make_clip: MakeClip) -> None:
    path = make_clip("edited", hidden_s=0.7, seconds=2)
    assert b"elst" in path.read_bytes()
    with av.open(path) as media:
        packets = sum(1 for packet in media.demux(video=0) if packet.size)
        media.seek(0)
        shown = [frame for frame in media.decode(video=0) if (frame.pts or 0) >= 0]
    assert packets > len(shown) == 48
