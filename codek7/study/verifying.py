"""Chosen rungs made in full, as an ingest makes them, and corrected once where they are not what was
expected."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from codek7.core.ladder import Rung
from codek7.core.study import Point, TrialEnded, TrialProgressed
from codek7.core.timeline import Timeline
from codek7.study.front import Place
from codek7.study.scales import Scale
from codek7.study.search import Search, point_of
from codek7.study.trying import Bench

TOLERANCE = 1 / 15
"""A rung is corrected where its score is off by more than this part of a step: 0.4 of VMAF."""


class Wanted(NamedTuple):
    """A rung of the ladder: whose search it is of, its place there, and what is expected of it."""

    search: Search
    place: Place
    point: Point


Verified = tuple[list[Wanted], list[Point]]
Timelines = Callable[[Sequence[Rung]], Timeline]


def verify(
    bench: Bench, wanted: Sequence[Wanted], timeline: Timelines, scale: Scale, highest_bps: int
) -> Generator[TrialProgressed | TrialEnded, None, Verified]:
    """The rungs, some of them with another parameter than before, what was expected of each, and what it
    is."""
    rungs = [each.point.rung for each in wanted]
    made = yield from bench.run(rungs, timeline(rungs), "verify", every=1)
    corrected = [
        _corrected(each, point_of(trial), scale, highest_bps)
        for each, trial in zip(wanted, made, strict=True)
    ]
    again = [each.point.rung for each in corrected]
    if again != rungs:
        made = yield from bench.run(again, timeline(again), "verify", every=1)
    return corrected, [point_of(trial) for trial in made]


def _corrected(wanted: Wanted, seen: Point, scale: Scale, highest_bps: int) -> Wanted:
    """What was expected still, or what to expect of the rung with another parameter: as far from what was
    seen as the curve says."""
    off = seen.score - wanted.point.score
    if abs(off) <= scale.step * TOLERANCE:
        return wanted
    place = wanted.search.nudged(wanted.place, off)
    if place is None:
        return wanted
    curve = wanted.search.curves()[place.size]
    bps = seen.average_bps * curve.bps(place.crf) / curve.bps(wanted.place.crf)
    score = seen.score + curve.score(place.crf) - curve.score(wanted.place.crf)
    moved = place._replace(bps=bps, score=score)
    point = wanted.search.point(moved, highest_bps)
    return Wanted(wanted.search, moved, replace(point, cpu_s_per_hour=seen.cpu_s_per_hour))
