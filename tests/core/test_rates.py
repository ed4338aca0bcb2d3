"""Rates of segments, against a plain reading of the RFC."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from codek7.core.rates import average_bps, peak_bps, target_duration

segments = st.lists(
    st.tuples(st.integers(1, 13_000).map(lambda ms: Fraction(ms, 1000)), st.integers(1, 10**7)),
    min_size=1,
    max_size=15,
)


def _plain_peak(timed: list[tuple[Fraction, int]], target: int) -> int:
    rates = []
    for first in range(len(timed)):
        for last in range(first + 1, len(timed) + 1):
            run = timed[first:last]
            lasts = sum((d for d, _ in run), Fraction(0))
            if Fraction(target, 2) <= lasts <= Fraction(3 * target, 2):
                rates.append(8 * sum(s for _, s in run) / lasts)
    return ceil(max(rates)) if rates else average_bps(timed)


@given(segments, st.integers(1, 12))
def test_the_peak_is_that_of_the_worst_run(timed: list[tuple[Fraction, int]], target: int) -> None:
    assert peak_bps(timed, target) == _plain_peak(timed, target)


@given(segments)
def test_the_average_bears_all_bits(timed: list[tuple[Fraction, int]]) -> None:
    lasts = sum((d for d, _ in timed), Fraction(0))
    bits = 8 * sum(size for _, size in timed)
    assert average_bps(timed) - 1 < bits / lasts <= average_bps(timed)


@given(segments)
def test_no_segment_is_longer_than_the_target_says(timed: list[tuple[Fraction, int]]) -> None:
    durations = [duration for duration, _ in timed]
    target = target_duration(durations)
    assert all(int(duration + Fraction(1, 2)) <= target for duration in durations)
    assert target == 1 or any(int(duration + Fraction(1, 2)) == target for duration in durations)
