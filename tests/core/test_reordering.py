"""By how much encoders may put pictures out of order."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from codek7.core.frame_times import FrameTimes
from codek7.core.ladder import Codec, Ladder, Rung
from codek7.core.media import Limits, MediaInfo, Probed, Source, VideoTrack
from codek7.core.pipeline.plan import VideoPlan, plan_work

HLS_JS_FORGIVES_S = Fraction(1, 20)


def plans(times: FrameTimes, rate: Fraction, *codecs: Codec, frame_rate: Fraction | None = None) -> Any:
    track = VideoTrack(
        index=0, codec="h264", width=320, height=180, frame_rate=rate, time_base=Fraction(1, 1200),
        start_pts=0, frames=times.count, duration_us=round(times.end * 1_000_000 / 1200),
    )  # fmt: skip
    rungs = [
        Rung(codec=codec, width=320, height=180, crf=30, ceiling_bps=200_000, frame_rate=frame_rate)
        for codec in codecs
    ]
    info = MediaInfo(container="mp4", duration_us=track.duration_us, tracks=(track,), prober="test@1")
    return plan_work(
        Source(uri="/x", sha256="a" * 64, size_bytes=1),
        Probed(info=info, frame_times=times),
        Ladder(rungs=tuple(rungs)),
        tools="ffmpeg@1",
        limits=Limits(),
        filters=lambda *_: (),
    ).video


def constant(rate: int, seconds: int = 10) -> FrameTimes:
    return FrameTimes.of(range(0, 1200 * seconds, 1200 // rate))


@pytest.mark.parametrize(("rate", "frames"), [(60, 2), (50, 2), (30, 1), (25, 1), (24, 1), (20, 0), (5, 0)])
def test_more_frames_where_they_are_short(rate: int, frames: int) -> None:
    made: list[VideoPlan] = plans(constant(rate), Fraction(rate), "h264", "hevc", "av1")
    assert [plan.reorder for plan in made] == [frames, frames, 0]
    assert [plan.delay for plan in made] == [frames * 1200 // rate] * 2 + [0]
    assert all(Fraction(plan.delay, 1200) < HLS_JS_FORGIVES_S for plan in made)


def test_a_rung_of_half_the_rate_has_longer_frames() -> None:
    (half,) = plans(constant(50), Fraction(50), "h264", frame_rate=Fraction(25))
    assert (half.divisor, half.reorder, half.delay) == (2, 1, 48)


def test_a_screen_that_stands_still_does_not_lengthen_the_delay() -> None:
    still = FrameTimes(start=0, runs=((40, 90), (4000, 1), (40, 90)), last_duration=40)
    (made,) = plans(still, Fraction(30), "h264")
    assert (made.reorder, made.delay) == (1, 40)


def test_a_single_picture_needs_no_delay() -> None:
    (made,) = plans(FrameTimes(start=0, runs=(), last_duration=1200), Fraction(1), "h264")
    assert (made.reorder, made.delay) == (0, 0)
