"""Frame rates told from frames' times: constant ones by their nominal rate, others by their average."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.frame_times import FrameTimes
from codek7.ffmpeg.facts_rate import STANDARD, frame_rate, longest_gap

MILLISECOND = Fraction(1, 1000)
MPEG = Fraction(1, 90_000)
FILM = Fraction(24_000, 1001)


def grid(rate: Fraction, count: int, base: Fraction, start: int = 0) -> FrameTimes:
    """Even frames, rounded to ticks."""
    return FrameTimes.of(start + round(n / (rate * base)) for n in range(count))


@given(
    rate=st.sampled_from(STANDARD),
    count=st.integers(100, 2000),
    base=st.sampled_from([MILLISECOND, MPEG, Fraction(1, 12_800), Fraction(1, 1_000_000)]),
    start=st.integers(-(10**6), 10**9),
)
def test_standard_rates_are_told_exactly(rate: Fraction, count: int, base: Fraction, start: int) -> None:
    if rate == 144 and base == MILLISECOND:
        count = max(count, 400)  # so that it differs from 143.86 by more than a rounding
    found, constant = frame_rate(grid(rate, count, base, start), base)
    assert constant
    assert abs(found - rate) * count / rate < Fraction(1, 2)  # less than half a frame over the whole
    if count / rate > 10:
        assert found == rate


@pytest.mark.parametrize(
    ("rate", "shown_as"), [(FILM, FILM), (Fraction(30_000, 1001), Fraction(30_000, 1001))]
)
def test_ntsc_rates_survive_milliseconds(rate: Fraction, shown_as: Fraction) -> None:
    assert frame_rate(grid(rate, 500, MILLISECOND), MILLISECOND) == (shown_as, True)


def test_a_claim_counts_only_where_the_frames_agree() -> None:
    times = grid(Fraction(25), 50, MILLISECOND)
    assert frame_rate(times, MILLISECOND, Fraction(1000)) == (Fraction(25), True)
    short = grid(FILM, 10, MILLISECOND)
    assert frame_rate(short, MILLISECOND, FILM) == (FILM, True)


def test_an_unusual_constant_rate_is_told_as_it_is() -> None:
    times = FrameTimes(start=0, runs=((1501, 80),), last_duration=1501)
    assert frame_rate(times, MPEG) == (Fraction(90_000, 1501), True)


def test_a_missing_frame_makes_a_rate_variable() -> None:
    times = FrameTimes(start=0, runs=((40, 10), (80, 1), (40, 10)), last_duration=40)
    assert frame_rate(times, MILLISECOND) == (Fraction(22 * 25, 23), False)


def test_a_missing_frame_counts_where_ticks_are_frames() -> None:
    times = FrameTimes(start=0, runs=((1, 200), (2, 1), (1, 99)), last_duration=1)
    rate, constant = frame_rate(times, Fraction(1, 25))
    assert not constant
    assert rate == Fraction(301 * 25, 302)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=50), st.sampled_from([MILLISECOND, MPEG]))
def test_every_rate_is_positive_and_can_be_written(steps: list[int], base: Fraction) -> None:
    times = FrameTimes(start=0, runs=tuple((step, 1) for step in steps), last_duration=steps[-1])
    rate, constant = frame_rate(times, base)
    assert rate > 0
    assert constant or rate.denominator <= 10**9
    if not constant:
        average = times.count / (times.duration * base)
        assert abs(rate - average) <= average


def test_a_single_frame_has_the_rate_of_its_duration() -> None:
    assert frame_rate(FrameTimes(start=5, runs=(), last_duration=40), MILLISECOND) == (Fraction(25), True)


def test_the_longest_gap_reaches_to_the_end() -> None:
    assert longest_gap([0, 10, 5], 30) == 20
    assert longest_gap([0, 10, 50], 60) == 40
    assert longest_gap([], 60) == 0
