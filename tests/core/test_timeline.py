"""Planned cuts: on real frames, in order, within their lengths."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.frame_times import FrameTimes
from codek7.core.timeline import (
    CHUNK_SEGMENTS,
    Timeline,
    frames_between,
    plan_sound_timeline,
    plan_timeline,
)

BASE = Fraction(1, 1000)
SEGMENT_US, IDR_US = 6_000_000, 2_000_000


@st.composite
def sources(draw: st.DrawFn) -> FrameTimes:
    """Variable-rate sources of up to a minute, in milliseconds."""
    start = draw(st.integers(-5000, 100_000))
    steps = draw(st.lists(st.integers(1, 3000), max_size=200))
    pts = [start]
    for step in steps:
        pts.append(pts[-1] + step)
    return FrameTimes.of(pts, draw(st.integers(1, 500)))


@given(sources(), st.integers(1, 4))
def test_cuts_and_idrs_are_frames_that_every_rung_has(times: FrameTimes, divisor: int) -> None:
    timeline = plan_timeline(times, BASE, segment_us=SEGMENT_US, idr_us=IDR_US, divisor=divisor)
    kept = times.pts()[::divisor]
    assert set(timeline.idrs) <= set(kept)
    assert set(timeline.cuts[:-1]) <= set(timeline.idrs)
    assert timeline.cuts[0] == times.start
    assert timeline.cuts[-1] == times.end
    assert timeline.duration_us == times.duration * 1000


@given(sources())
def test_idrs_are_as_close_as_the_frames_allow(times: FrameTimes) -> None:
    timeline = plan_timeline(times, BASE, segment_us=SEGMENT_US, idr_us=IDR_US)
    pts = times.pts()
    for before, after in pairwise(timeline.idrs):
        frames_inside = [p for p in pts if before < p < after]
        assert after - before <= 2000 or not frames_inside


@given(sources())
def test_segments_are_no_longer_than_asked_unless_a_frame_is(times: FrameTimes) -> None:
    timeline = plan_timeline(times, BASE, segment_us=SEGMENT_US, idr_us=IDR_US)
    for before, after in pairwise(timeline.cuts[:-1]):
        idrs_inside = [i for i in timeline.idrs if before < i < after]
        assert after - before <= 6000 or not idrs_inside


@given(sources())
def test_chunks_are_all_segments_in_order(times: FrameTimes) -> None:
    timeline = plan_timeline(times, BASE, segment_us=SEGMENT_US, idr_us=IDR_US)
    assert [c.first for c in timeline.chunks] == [0, *(c.last for c in timeline.chunks)][:-1]
    assert timeline.chunks[-1].last == len(timeline.cuts) - 1
    for chunk in timeline.chunks:
        assert (chunk.start, chunk.end) == (timeline.cuts[chunk.first], timeline.cuts[chunk.last])
        assert chunk.last - chunk.first <= CHUNK_SEGMENTS[min(chunk.index, len(CHUNK_SEGMENTS) - 1)]


@given(sources(), st.integers(1, 4))
def test_every_frame_of_a_rung_is_in_one_chunk(times: FrameTimes, divisor: int) -> None:
    timeline = plan_timeline(times, BASE, segment_us=SEGMENT_US, idr_us=IDR_US, divisor=divisor)
    pts = times.pts()
    parts = [frames_between(pts, c.start, c.end, divisor) for c in timeline.chunks]
    assert [p for part in parts for p in part] == pts[::divisor]
    assert all(part[0] == chunk.start for part, chunk in zip(parts, timeline.chunks, strict=True))


@pytest.mark.parametrize(
    ("rate", "gop_frames"),
    [("24/1", 48), ("25/1", 50), ("30/1", 60), ("60/1", 120), ("30000/1001", 59), ("24000/1001", 47)],
)
def test_constant_rates_have_equal_gops_and_segments_of_three(rate: str, gop_frames: int) -> None:
    fps = Fraction(rate)
    pts = [n * fps.denominator for n in range(int(20 * fps))]
    times = FrameTimes.of(pts)
    timeline = plan_timeline(times, 1 / Fraction(fps.numerator), segment_us=SEGMENT_US, idr_us=IDR_US)
    step = gop_frames * fps.denominator
    assert {b - a for a, b in pairwise(timeline.idrs)} == {step}
    assert {b - a for a, b in pairwise(timeline.cuts[:-1])} == {3 * step}


def test_a_short_tail_joins_the_segment_before() -> None:
    times = FrameTimes.of(range(0, 12_200, 40))
    timeline = plan_timeline(times, BASE, segment_us=SEGMENT_US, idr_us=IDR_US)
    assert timeline.cuts == (0, 6000, 12_200)


def test_times_are_exact_in_any_time_base() -> None:
    times = FrameTimes.of(range(100, 400))
    timeline = plan_timeline(times, Fraction(1001, 30000), segment_us=SEGMENT_US, idr_us=IDR_US)
    assert timeline.timescale == 30000
    assert timeline.media_time(103) == 3003
    assert timeline.seconds(103) == Fraction(3003, 30000)


@given(st.integers(1, 10**9))
def test_sound_is_cut_every_six_seconds(duration_us: int) -> None:
    timeline = plan_sound_timeline(duration_us, segment_us=SEGMENT_US)
    assert timeline.cuts[0] == 0
    assert timeline.cuts[-1] == duration_us
    assert all(b - a <= 6_500_000 for a, b in pairwise(timeline.cuts))


def test_a_timeline_without_segments_is_refused() -> None:
    with pytest.raises(ValueError, match="segment"):
        Timeline(time_base=BASE, cuts=(0,), idrs=(0,), chunks=())


def test_a_segment_without_an_idr_is_refused() -> None:
    with pytest.raises(ValueError, match="IDR"):
        Timeline(time_base=BASE, cuts=(0, 5, 9), idrs=(0,), chunks=())
