"""Rungs chosen on a front: from the best one needs to look, down in steps that people can see."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from codek7.study.curves import SizeCurve
from codek7.study.front import Front, Place, places_of
from codek7.study.scales import Scale

FAR = 2
"""Where the cheapest rung costs more than so many times what could be had, a cheaper one is added."""


class Wish(NamedTuple):
    """What a ladder must be. Sizes are in pixels: `least_top` of the best rung, `least` of all, `forced` ones
    that must be among them. At most `most` rungs, each `ratio` times as dear as the one below it, none below
    `lowest_bps` or above `highest_bps` (0: no bound)."""

    scale: Scale
    most: int
    ratio: float = 1.0
    lowest_bps: int = 0
    highest_bps: int = 0
    least_top: int = 0
    least: int = 0
    forced: tuple[int, ...] = ()


def choose(front: Front, curves: Mapping[int, SizeCurve], codec: str, wish: Wish) -> tuple[Place, ...]:
    """Places for the rungs, rising; at least one.

    The top is where the front reaches the highest score that is wanted, or ends. Each next one is a step
    worse, and cheaper by the ratio; where that would make too many, the steps become wider, and the ends
    stay. Where quality hardly falls with the rate, the last is far from the lowest rate that is wanted, and
    one there is added: a ladder is for those with little, too.
    """
    top = _top(front, curves, codec, wish)
    allowed = [place for place in front.places if place.size >= wish.least and place.bps < top.bps]
    chosen = _descend(top, allowed, wish.scale.step, wish)
    if len(chosen) > wish.most:
        wider = (top.score - chosen[-1].score) / max(1, wish.most - 1)
        chosen = [top] if wish.most == 1 else _descend(top, allowed, wider - 1e-6, wish)[: wish.most]
    elif len(chosen) < wish.most:
        watched = (p for p in allowed if p.bps >= wish.lowest_bps and p.score >= wish.scale.floor)
        bottom = min(watched, default=top)
        chosen += [bottom] if chosen[-1].bps > max(FAR, wish.ratio) * bottom.bps else []
    return tuple(sorted(_with_forced(chosen, front, curves, codec, wish)))


def _top(front: Front, curves: Mapping[int, SizeCurve], codec: str, wish: Wish) -> Place:
    """The cheapest place that is good enough, among the sizes that a top may have and within the ceiling."""
    least = min(max(curves), max(wish.least_top, wish.least))
    fitting = [
        place
        for place in front.places
        if place.size >= least and not (wish.highest_bps and place.bps > wish.highest_bps)
    ]
    if not fitting:  # no place of the front is so large or so cheap: the largest size alone decides
        own = sorted(places_of(curves[max(curves)], max(curves), codec))
        fitting = [place for place in own if not wish.highest_bps or place.bps <= wish.highest_bps] or own[:1]
    good = [place for place in fitting if place.score >= wish.scale.top]
    return min(good) if good else max(fitting, key=lambda place: place.score)


def _descend(top: Place, allowed: list[Place], step: float, wish: Wish) -> list[Place]:
    chosen = [top]
    while True:
        worse, cheaper = chosen[-1].score - step, chosen[-1].bps / wish.ratio
        below = [place for place in allowed if place.score <= worse and place.bps <= cheaper]
        if not below or below[-1].bps < wish.lowest_bps or below[-1].score < wish.scale.floor:
            return chosen
        chosen.append(below[-1])


def _with_forced(
    chosen: list[Place], front: Front, curves: Mapping[int, SizeCurve], codec: str, wish: Wish
) -> Collection[Place]:
    """The places, and one of each size that must be there: where it falls least behind the front."""
    places = list(chosen)
    for size in wish.forced:
        if size in curves and all(place.size != size for place in places):
            own = [place for place in places_of(curves[size], size, codec) if place.bps <= chosen[0].bps]
            worth = [p for p in own if p.bps >= wish.lowest_bps and p.score >= wish.scale.floor]
            if worth:
                places.append(min(worth, key=lambda place: front.score_at(place.bps) - place.score))
            elif own:
                places.append(max(own, key=lambda place: place.score))
    return places
