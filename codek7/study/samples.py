"""Which segments stand for a long source: some of every rate it has, of as many shots as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WHOLE = 1.5
"""A source that is at most so many times longer than the samples would be is tried whole."""


class SegmentLook(NamedTuple):
    """A segment of the source: by its number, the bytes a second that the source spends on it, which rise
    with its complexity, and the shot it begins in."""

    number: int
    bytes_a_second: float
    shot: int


def choose_segments(looks: Sequence[SegmentLook], count: int) -> tuple[int, ...]:
    """So many segments (all, where there are no more), in order.

    They are sorted by rate and cut into parts of equal size; of each part comes the one nearest its middle,
    of a shot that none was taken of yet where there is one. So each stands for as much of the source as any
    other, and plain means over them are means over all.
    """
    ranked = sorted(looks, key=lambda look: (look.bytes_a_second, look.number))
    count = min(count, len(ranked))
    shots: set[int] = set()
    chosen: list[int] = []
    for part in range(count):
        first, last = part * len(ranked) // count, (part + 1) * len(ranked) // count
        middle = (first + last - 1) / 2
        nearest = sorted(range(first, last), key=lambda at: abs(at - middle))
        # Looking for another shot must not leave the middle of the part.
        close = nearest[: max(1, len(nearest) // 2)]
        at = next((at for at in close if ranked[at].shot not in shots), nearest[0])
        shots.add(ranked[at].shot)
        chosen.append(ranked[at].number)
    return tuple(sorted(chosen))
