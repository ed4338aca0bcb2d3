"""Chosen rungs made in full, as an ingest makes them, and corrected once where they are not what was
expected."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from codek7.core.ladder import Rung
from codek7.core.study import Point, TrialEnded, TrialProgressed
from codek7.core.timeline import Timeline
from codek7.study.curves import SizeCurve, Tried
from codek7.study.front import Place, places_of
from codek7.study.scales import ALMOST, Scale
from codek7.study.search import Search, point_of
from codek7.study.trying import Bench

TOLERANCE = 1 / 15
"""A rung is corrected where its score is off by more than this part of a step: 0.4 of VMAF."""
FARTHEST_CRF = 6.0
"""Where scores saturate every parameter looks alike: none farther away than this is taken."""


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
    seen = [point_of(trial) for trial in made]
    corrected = correct(wanted, seen, scale, highest_bps)
    again = [each.point.rung for each in corrected]
    if again == rungs:
        return list(wanted), seen
    made = yield from bench.run(again, timeline(again), "verify", every=1)
    return closer((list(wanted), seen), (corrected, [point_of(trial) for trial in made]))


def correct(wanted: Sequence[Wanted], seen: Sequence[Point], scale: Scale, highest_bps: int) -> list[Wanted]:
    """Rungs that score what they should stay, and so do those that are better where the best was hoped for.
    The others get the parameter that comes closest to it, by the curve of their size led through what was
    made. What was expected of a rung that stays is never made to fit what was seen of it: both are kept, so
    that one can be judged by the other."""

    def stays(each: Wanted, point: Point) -> bool:
        off = point.score - each.point.score
        best = max(other.place.score for other in wanted if other.search is each.search)
        hoped_for = each.place.score == best and point.score <= scale.top
        return abs(off) <= scale.step * TOLERANCE or (hoped_for and off > 0)

    return [
        each if stays(each, point) else _moved(each, point, curve, highest_bps)
        for each, point, curve in zip(wanted, seen, _as_seen(wanted, seen), strict=True)
    ]


def closer(first: Verified, second: Verified) -> Verified:
    """Of each rung the making that scores more like the rung that was wanted first: the second, where both
    do."""
    chosen = [
        (again, seen) if abs(seen.score - goal) <= abs(before.score - goal) else (once, before)
        for once, before, again, seen in zip(*first, *second, strict=True)
        for goal in [once.point.score]
    ]
    return [each for each, _ in chosen], [point for _, point in chosen]


def unbeaten(wanted: Sequence[Wanted], seen: Sequence[Point], forced: Collection[int]) -> Verified:
    """Without the rungs that turned out to cost no less than one of the same codec that looks as good or
    better. Those of `forced` sizes, by their short side, stay."""
    best: dict[str, float] = {}
    kept = set()
    cheapest_first = sorted(enumerate(seen), key=lambda pair: (pair[1].average_bps, -pair[1].score))
    for number, point in cheapest_first:
        codec = point.rung.codec
        if min(point.rung.width, point.rung.height) in forced or point.score > best.get(codec, -1.0):
            kept.add(number)
        best[codec] = max(point.score, best.get(codec, -1.0))
    return [wanted[at] for at in sorted(kept)], [seen[at] for at in sorted(kept)]


def apart(wanted: Sequence[Wanted], seen: Sequence[Point], ratio: float, forced: Collection[int]) -> Verified:
    """Without the rungs that were made too close in rate to the one above of the same codec; nearly the ratio
    is enough. The dearest, the cheapest and those of `forced` sizes stay."""
    above: dict[str, int] = {}
    kept = set()
    for number, point in sorted(enumerate(seen), key=lambda pair: -pair[1].average_bps):
        codec = point.rung.codec
        last = above.get(codec)
        close = last is not None and point.average_bps * ratio * ALMOST > seen[last].average_bps
        cheapest = all(p.average_bps >= point.average_bps for p in seen if p.rung.codec == codec)
        if not close or cheapest or min(point.rung.width, point.rung.height) in forced:
            kept.add(number)
            above[codec] = number
    return [wanted[at] for at in sorted(kept)], [seen[at] for at in sorted(kept)]


def _as_seen(wanted: Sequence[Wanted], seen: Sequence[Point]) -> list[SizeCurve]:
    """The curve of each rung's size, led through all rungs of that size that were made."""
    pairs = list(zip(wanted, seen, strict=True))

    def led(one: Wanted) -> SizeCurve:
        same = [
            Tried(each.place.crf, point.average_bps, point.score)
            for each, point in pairs
            if each.search is one.search and each.place.size == one.place.size
        ]
        return SizeCurve(same, one.search.curves()[one.place.size])

    return [led(each) for each in wanted]


def _moved(wanted: Wanted, seen: Point, curve: SizeCurve, highest_bps: int) -> Wanted:
    search, planned = wanted.search, wanted.place
    near = [
        place
        for place in places_of(curve, planned.size, search.candidates.codec)
        if abs(place.crf - planned.crf) <= FARTHEST_CRF
    ]
    place = min(near, key=lambda p: (round(abs(p.score - planned.score), 2), abs(p.crf - planned.crf)))
    if place.crf == planned.crf:
        return wanted
    point = search.point(place, highest_bps)
    return Wanted(search, place, replace(point, cpu_s_per_hour=seen.cpu_s_per_hour))
