"""Which trials to make next: where the front is least known.

The largest size is tried twice, every other once. Then, again and again, the parameter farthest from
any trial is tried on a size that is on the front, or may be: one that comes close to it. A size that stays
well below the front is not tried again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from codek7.study.curves import CRF_RANGE, SizeCurve, Tried, curves_of
from codek7.study.front import Front, front_of, places_of
from codek7.study.scales import Scale

DOUBTFUL = 2.5
"""Of a size that was tried but once, so much more is possible than of others."""
TWICE, ONCE = (1 / 7, 1 / 2), 0.45
"""Where in the range of parameters the largest size is tried first, and where the others are."""
CLOSE_CRF = 3.0
"""Nearer to a trial than this there is nothing to learn."""


class Probe(NamedTuple):
    """A size in pixels, and the parameter to try it with."""

    size: int
    crf: float


def first_probes(sizes: Sequence[int], codec: str) -> list[Probe]:
    """The shape of the largest size, and where the others lie."""
    low, high = CRF_RANGE[codec]
    span = high - low
    top = max(sizes)
    shape = [Probe(top, round(low + span * part)) for part in TWICE]
    others = sorted((size for size in sizes if size != top), reverse=True)
    return shape + [Probe(size, round(low + span * ONCE)) for size in others]


def next_probes(
    tried: Mapping[int, Sequence[Tried]], codec: str, scale: Scale, most: int, lowest_bps: float = 0
) -> list[Probe]:
    """The trials that promise most, of as many sizes; none where the front is known well enough. Where no
    rung will be, below the lowest rate, nobody needs to know it; but half of the dearest is always looked
    at."""
    curves = curves_of(tried)
    wanted = front_of(curves, codec).within(scale.floor, scale.top + scale.step / 6)
    front = wanted.above(min(lowest_bps, wanted.places[-1].bps / 2))
    best: dict[int, Probe] = {}
    for doubt, probe in sorted(_doubts(curves, front, codec, scale), reverse=True):
        if doubt >= CLOSE_CRF:
            best.setdefault(probe.size, probe)
    return list(best.values())[:most]


def _doubts(
    curves: Mapping[int, SizeCurve], front: Front, codec: str, scale: Scale
) -> Iterator[tuple[float, Probe]]:
    """How much is to be learned by a probe, in steps of the parameter."""
    for size, places in front.by_size().items():
        for place in (places[0], places[len(places) // 2], places[-1]):
            yield curves[size].distance(place.crf), Probe(size, place.crf)
    for size, curve in curves.items():
        near = scale.near * (DOUBTFUL if len(curve.tried) == 1 else 1)
        for place in places_of(curve, size, codec):
            gap = max(0.0, front.score_at(place.bps) - place.score)
            if scale.floor <= place.score <= scale.top and place.bps >= front.places[0].bps and gap < near:
                yield curve.distance(place.crf) * (1 - gap / near), Probe(size, place.crf)
