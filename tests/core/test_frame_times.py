"""Frame times as runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.frame_times import FrameTimes
from codek7.core.values import from_json, to_json

times = st.sets(st.integers(-(10**9), 10**9), min_size=1, max_size=60)


@given(times)
def test_times_come_back_as_they_were(pts: set[int]) -> None:
    found = FrameTimes.of(pts)
    assert found.pts() == sorted(pts)
    assert found.count == len(pts)
    assert found.end > max(pts)
    assert found.duration == found.end - min(pts)


@given(times)
def test_times_survive_json(pts: set[int]) -> None:
    found = FrameTimes.of(pts)
    assert from_json(to_json(found), FrameTimes) == found


@given(st.integers(0, 1000), st.integers(1, 5000), st.integers(2, 10_000))
def test_a_constant_rate_is_one_run(start: int, step: int, count: int) -> None:
    found = FrameTimes.of(range(start, start + step * count, step))
    assert found.runs == ((step, count - 1),)
    assert found.typical_step() == step == found.last_duration


def test_the_last_frame_lasts_as_told() -> None:
    assert FrameTimes.of([0, 10, 20], 7).end == 27


def test_a_lone_frame_lasts_a_tick() -> None:
    assert FrameTimes.of([5]).duration == 1


def test_times_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="rise"):
        FrameTimes(start=0, runs=((0, 1),), last_duration=1)
