"""What a ladder that is being put together would mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from codek7.core.study import Point

SECONDS_PER_HOUR = 3600


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What a ladder costs, and how it compares.

    `bd_rate` is the mean rate that it saves (negative) or costs at equal quality, in percent, against its
    rival; None where there is none, or too little quality in common.
    """

    storage_bytes_per_hour: int
    bd_rate: float | None = None
    cpu_s_per_hour: float = 0.0


Judge = Callable[[Sequence[Point]], Judged]


def sums(points: Sequence[Point]) -> Judged:
    """What the points say by themselves: storage and CPU of an hour of all rungs."""
    return Judged(
        storage_bytes_per_hour=sum(point.average_bps for point in points) * SECONDS_PER_HOUR // 8,
        cpu_s_per_hour=sum(point.cpu_s_per_hour for point in points),
    )
