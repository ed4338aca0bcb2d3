"""The front of one codec: for each rate the size that looks best there.

Not a concave hull: VMAF over the logarithm of the rate is S-shaped, and a hull would drop the middle.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from math import log
from typing import NamedTuple

from codek7.study.curves import SizeCurve


class Place(NamedTuple):
    """A rung that could be: its rate in bits a second, what it scores, its size in pixels, its parameter."""

    bps: float
    score: float
    size: int
    crf: float


class Front(NamedTuple):
    """Places rising in rate and score; none is beaten by another in both."""

    places: tuple[Place, ...]

    def score_at(self, bps: float) -> float:
        """The best score that is to be had for a rate; below all of them, that of the cheapest place."""
        at = bisect_right(self.places, bps, key=lambda place: place.bps)
        return self.places[max(0, at - 1)].score

    def nearest(self, score: float) -> Place:
        """The place whose score is closest."""
        return min(self.places, key=lambda place: (abs(place.score - score), place.bps))

    def within(self, low: float, high: float) -> Front:
        """Only the scores between; at least the one place that is closest to them."""
        kept = tuple(place for place in self.places if low <= place.score <= high)
        return Front(kept or (self.nearest(high),))

    def above(self, bps: float) -> Front:
        """Only the places that cost so much or more; at least the dearest."""
        kept = tuple(place for place in self.places if place.bps >= bps)
        return Front(kept or self.places[-1:])

    def by_size(self) -> dict[int, list[Place]]:
        """The places of each size that is on the front."""
        found: dict[int, list[Place]] = {}
        for place in self.places:
            found.setdefault(place.size, []).append(place)
        return found


def places_of(curve: SizeCurve, size: int, codec: str) -> Iterator[Place]:
    """All that one size could be."""
    for crf, bps, score in curve.sampled(codec):
        yield Place(bps, score, size, crf)


def front_of(curves: Mapping[int, SizeCurve], codec: str) -> Front:
    """The best of all sizes. Among equals, the smaller one, which is cheaper to decode."""
    everything = sorted(
        (place for size, curve in curves.items() for place in places_of(curve, size, codec)),
        key=lambda place: (log(place.bps), -place.score, place.size),
    )
    kept: list[Place] = []
    for place in everything:
        if not kept or place.score > kept[-1].score + 1e-9:
            kept.append(place)
    return Front(tuple(kept))
