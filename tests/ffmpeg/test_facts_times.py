"""Frame times are those of the frames that the ffmpeg program decodes, whichever way they were found."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.errors import MediaUnreadable
from codek7.core.media import Limits, Probed
from codek7.ffmpeg import facts, facts_decode
from codek7.ffmpeg.facts import read_facts
from codek7.ffmpeg.facts_decode import Clock, Decoded, Reader
from codek7.testing.truth import decoded
from tests.conftest import MakeClip

TS_PACKET = 188
LONG: dict[str, Any] = {"width": 160, "height": 96, "seconds": 24, "gop": 24, "audio": ()}
"""Long enough that decoding in places is worth it."""

SOURCES: dict[str, dict[str, Any]] = {
    "mp4": {},
    "edit-list": {"hidden_s": 1.3},
    "edit-list-open-gop": {"hidden_s": 1.3, "open_gop": True, "b_frames": 3},
    "fragmented": {"fragmented": True},
    "open-gop-ts": {"container": "ts", "open_gop": True, "b_frames": 3},
    "open-gop-hevc-ts": {"container": "ts", "codec": "hevc", "open_gop": True, "b_frames": 3},
    "mpeg2-ts": {"container": "ts", "codec": "mpeg2", "open_gop": True},
    "mpeg2-ps": {"container": "mpg", "codec": "mpeg2", "open_gop": True},
    "vob": {"container": "vob", "codec": "mpeg2", "open_gop": True},
    "interlaced-ts": {"container": "ts", "interlaced": True, "fps": "25"},
    "interlaced-mpeg2-ts": {"container": "ts", "codec": "mpeg2", "interlaced": True, "fps": "25"},
    "vfr-mkv": {"container": "mkv", "vfr": True, "fps": "30"},
    "vfr-ts": {"container": "ts", "vfr": True, "fps": "30"},
    "ntsc-flv": {"container": "flv", "fps": "24000/1001"},
    "mpeg4-avi": {"container": "avi", "codec": "mpeg4"},
    "h264-avi": {"container": "avi", "b_frames": 3},
    "avi-with-empty-packets": {"container": "avi", "codec": "mpeg4", "vfr": True, "fps": "30"},
    "one-group": {"gop": 10_000},
    "intra-refresh-ts": {"container": "ts", "extra": ("-intra-refresh", "1")},
    "wrapping-ts": {"container": "ts", "extra": ("-output_ts_offset", "95430")},
    "repeated-times": {"extra": ("-bsf:v", r"setts=pts=PTS+DURATION*eq(N\,100)")},
    "vp9-hidden-frames": {"container": "webm", "codec": "vp9", "extra": ("-auto-alt-ref", "1")},
    "av1": {"container": "mkv", "codec": "av1"},
}


def read(path: Path, *, thorough: bool = False) -> Probed:
    return read_facts(path, Limits(), thorough=thorough, prober="test@1")


def times_of(probed: Probed) -> list[Fraction]:
    assert probed.info.video is not None
    assert probed.frame_times is not None
    return [pts * probed.info.video.time_base for pts in probed.frame_times.pts()]


def rising(times: list[Fraction]) -> list[Fraction]:
    """What an encoder keeps that drops frames which are not later than all before."""
    latest = list(accumulate(times, max))
    return [time for at, time in enumerate(times) if at == 0 or time > latest[at - 1]]


def assert_like_ffmpeg(ffmpeg: str, path: Path, *, thorough: bool) -> None:
    shown = [picture.at for picture in decoded(ffmpeg, path)]
    assert times_of(read(path, thorough=thorough)) == rising(shown)


@pytest.mark.media
@pytest.mark.parametrize("thorough", [False, True], ids=["packets", "thorough"])
@pytest.mark.parametrize("source", SOURCES)
def test_times_are_those_of_ffmpeg(make_clip: MakeClip, ffmpeg: str, source: str, thorough: bool) -> None:
    assert_like_ffmpeg(ffmpeg, make_clip(source, **LONG | SOURCES[source]), thorough=thorough)


@pytest.mark.media
@pytest.mark.parametrize("thorough", [False, True], ids=["packets", "thorough"])
@pytest.mark.parametrize("source", ["open-gop-ts", "open-gop-hevc-ts", "mpeg2-ts", "mpeg2-ps", "vfr-ts"])
def test_a_recording_that_starts_and_ends_in_mid_stream(
    make_clip: MakeClip, ffmpeg: str, tmp_path: Path, source: str, thorough: bool
) -> None:
    whole = make_clip(source, **LONG | SOURCES[source])
    data, path = whole.read_bytes(), tmp_path / whole.name
    path.write_bytes(data[len(data) // 5 + 77 : -333])
    assert_like_ffmpeg(ffmpeg, path, thorough=thorough)


@pytest.mark.media
@pytest.mark.parametrize("source", ["fragmented", "ntsc-flv", "vfr-mkv", "mpeg4-avi", "open-gop-ts"])
def test_a_file_that_was_cut_short(make_clip: MakeClip, ffmpeg: str, tmp_path: Path, source: str) -> None:
    whole = make_clip(source, **LONG | SOURCES[source])
    data, path = whole.read_bytes(), tmp_path / whole.name
    path.write_bytes(data[: len(data) * 7 // 10])
    assert_like_ffmpeg(ffmpeg, path, thorough=False)


@pytest.mark.media
@pytest.mark.parametrize("source", ["open-gop-ts", "open-gop-hevc-ts", "mpeg2-ts"])
def test_lost_packets(make_clip: MakeClip, ffmpeg: str, tmp_path: Path, source: str) -> None:
    whole = make_clip(source, **LONG | SOURCES[source])
    data, path = whole.read_bytes(), tmp_path / whole.name
    lost = len(data) // TS_PACKET // 2 * TS_PACKET
    path.write_bytes(data[:lost] + data[lost + 5 * TS_PACKET :])
    assert_like_ffmpeg(ffmpeg, path, thorough=False)


@pytest.mark.media
def test_damage_in_the_middle_shows_in_a_thorough_reading(
    make_clip: MakeClip, ffmpeg: str, tmp_path: Path
) -> None:
    whole = make_clip("mp4", **LONG)
    data, path = bytearray(whole.read_bytes()), tmp_path / whole.name
    third = len(data) // 3
    data[third : third + 3000] = bytes(3000)
    path.write_bytes(data)
    assert_like_ffmpeg(ffmpeg, path, thorough=True)


@pytest.mark.media
@pytest.mark.parametrize("thorough", [False, True])
def test_joined_recordings_are_refused_rather_than_cut(
    make_clip: MakeClip, tmp_path: Path, thorough: bool
) -> None:
    whole = make_clip("open-gop-ts", **LONG | SOURCES["open-gop-ts"])
    path = tmp_path / "joined.ts"
    path.write_bytes(whole.read_bytes() * 2)
    with pytest.raises(MediaUnreadable, match=r"joined.ts: its times jump back by 2\d\.\d s"):
        read(path, thorough=thorough)


@pytest.mark.media
@pytest.mark.parametrize("source", ["mp4", "open-gop-ts", "mpeg2-ts", "vfr-mkv"])
def test_only_places_are_decoded(make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    frames = 0

    class Counting(Reader):
        def read(self, **how: Any) -> Decoded:
            nonlocal frames
            found = super().read(**how)
            frames += len(found.times)
            return found

    monkeypatch.setattr(facts, "Reader", Counting)
    probed = read(make_clip(source, **LONG | SOURCES[source]))
    assert probed.info.video is not None
    assert 0 < frames < probed.info.video.frames / 2


@pytest.mark.media
def test_one_frame_lasts_as_said_or_a_fraction_of_a_second(make_clip: MakeClip) -> None:
    single = read(make_clip("single", **LONG | {"seconds": 0.04, "fps": "25", "container": "mkv"}))
    assert single.info.video is not None
    assert single.info.video.frames == 1
    assert 0 < single.info.duration_us <= 40_000


def frame(pts: int | None, dts: int | None = None, duration: int = 0) -> Any:
    return SimpleNamespace(pts=pts, dts=dts, duration=duration)


@given(st.lists(st.integers(-(10**9), 10**9), unique=True, min_size=1))
def test_times_that_rise_are_believed(pts: list[int]) -> None:
    clock = Clock(1)
    assert [clock.time(frame(time, dts)) for dts, time in enumerate(sorted(pts))] == sorted(pts)


def test_decoding_times_count_where_own_times_run_backwards() -> None:
    clock = Clock(1)
    assert [clock.time(frame(pts, dts)) for pts, dts in [(0, 0), (0, 1), (0, 2), (0, 3)]] == [0, 1, 2, 3]


def test_frames_without_any_time_follow_each_other() -> None:
    clock = Clock(40)
    assert [clock.time(frame(None, None, duration)) for duration in (0, 0, 50, 0)] == [0, 40, 80, 130]
    clock = Clock(40)
    assert [clock.time(frame(pts)) for pts in (100, 130, None, None)] == [100, 130, 160, 190]


def test_more_is_kept_of_the_end_than_decoders_hold_back() -> None:
    assert facts_decode.LAST_PACKETS >= 16 + 16  # reordering in H.264 and HEVC, and frame threads
