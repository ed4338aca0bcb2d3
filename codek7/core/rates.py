"""Bit rates of renditions, counted from the bytes of their segments (RFC 8216bis, section 4.4.6.2)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from math import ceil

Timed = tuple[Fraction, int]
"""A segment: its duration in seconds and its size in bytes."""


def target_duration(durations: Sequence[Fraction]) -> int:
    """EXT-X-TARGETDURATION: the longest duration, rounded to the nearest second, at least 1."""
    return max(1, *(int(duration + Fraction(1, 2)) for duration in durations))


def average_bps(segments: Sequence[Timed]) -> int:
    """All bits over all time, rounded up."""
    return ceil(8 * sum(size for _, size in segments) / sum(duration for duration, _ in segments))


def peak_bps(segments: Sequence[Timed], target: int) -> int:
    """The peak segment bit rate: the largest rate of any contiguous run of segments that lasts between a half
    and one and a half target durations; of everything, where all of it is shorter. Rounded up."""
    ends = list(accumulate((duration for duration, _ in segments), initial=Fraction(0)))
    sizes = list(accumulate((size for _, size in segments), initial=0))
    shortest, longest = Fraction(target, 2), Fraction(3 * target, 2)
    peak = Fraction(0)
    for first in range(len(segments)):
        for last in range(first + 1, len(ends)):
            duration = ends[last] - ends[first]
            if duration > longest:
                break
            if duration >= shortest:
                peak = max(peak, Fraction(8 * (sizes[last] - sizes[first])) / duration)
    return ceil(peak) or average_bps(segments)
