"""Presentation times of all frames of a track, kept as runs so that two hours of film fit in a line."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, chain, groupby, pairwise, repeat

import msgspec


class FrameTimes(msgspec.Struct, frozen=True, kw_only=True):
    """Strictly rising presentation times, in ticks of the track's time base.

    `start` is the first frame's time; each run `(step, count)` says that the next `count` frames follow
    `step` ticks after the one before. `last_duration` is how long the last frame is shown.
    """

    start: int
    runs: tuple[tuple[int, int], ...]
    last_duration: int

    def __post_init__(self) -> None:
        if self.last_duration < 1 or any(step < 1 or count < 1 for step, count in self.runs):
            raise ValueError("frame times must rise, and the last frame must last")

    @classmethod
    def of(cls, pts: Iterable[int], last_duration: int | None = None) -> FrameTimes:
        """From any non-empty collection of times; order and repeats do not matter.

        The last frame lasts as long as the one before it, unless told.
        """
        rising = sorted(set(pts))
        steps = [b - a for a, b in pairwise(rising)]
        runs = tuple((step, len(list(same))) for step, same in groupby(steps))
        lasts = last_duration or (steps[-1] if steps else 1)
        return cls(start=rising[0], runs=runs, last_duration=max(1, lasts))

    @property
    def count(self) -> int:
        """How many frames there are."""
        return 1 + sum(count for _, count in self.runs)

    @property
    def end(self) -> int:
        """The time at which the last frame stops being shown."""
        return self.start + sum(step * count for step, count in self.runs) + self.last_duration

    @property
    def duration(self) -> int:
        """From the first frame's start to the last frame's end, in ticks."""
        return self.end - self.start

    def pts(self) -> list[int]:
        """Every time, rising."""
        steps = chain.from_iterable(repeat(step, count) for step, count in self.runs)
        return list(accumulate(steps, initial=self.start))

    def typical_step(self) -> int:
        """The commonest distance between two frames, in ticks; the longest of equals."""
        totals: dict[int, int] = {}
        for step, count in self.runs:
            totals[step] = totals.get(step, 0) + count
        return max(totals, key=lambda step: (totals[step], step)) if totals else self.last_duration
