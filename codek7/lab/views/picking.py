"""What views of a ladder in the making share: places that rungs can take, and those that are taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from codek7.core.study import Point
from codek7.lab.views.places import Columns, Kind, columns, kinds_of
from codek7.lab.views.view import View


class Places:
    """Where rungs can be: the front, rising in rate, and behind it what of a ladder is not on it."""

    def __init__(self, front: Sequence[Point], ladder: Sequence[Point]) -> None:
        rising = sorted(front, key=lambda point: point.average_bps)
        beside = [point for point in ladder if point not in rising]
        self.points = (*rising, *beside)
        self.on_front = len(rising)
        self.taken = sorted({self.points.index(point) for point in ladder})

    @property
    def front(self) -> tuple[Point, ...]:
        """Those on the front."""
        return self.points[: self.on_front]

    def columns(self, others: Sequence[Point] = ()) -> tuple[tuple[Kind, ...], Columns, Columns]:
        """The kinds of all points, then the places and the other points as columns."""
        kinds = kinds_of(point.rung for point in (*self.points, *others))
        return kinds, columns(self.points, kinds), columns(others, kinds)


class Picking(View):
    """`chosen` has the points of the ladder as it is now, rising in rate; observe it."""

    chosen = traitlets.Tuple(read_only=True)
    _picked = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, places: Places, scene: object) -> None:
        self._places = places
        super().__init__(scene, _picked=places.taken)

    def points(self, picked: Sequence[int]) -> tuple[Point, ...]:
        """The points at these places, rising in rate."""
        points = (self._places.points[at] for at in set(picked))
        return tuple(sorted(points, key=lambda point: point.average_bps))

    def are_places(self, picked: Sequence[int]) -> bool:
        """Whether there are such places, each named once."""
        there = all(0 <= at < len(self._places.points) for at in picked)
        return there and len(set(picked)) == len(picked)

    @traitlets.validate("_picked")
    def _check_picked(self, proposal: Any) -> list[int]:
        picked: list[int] = proposal["value"]
        if not self.are_places(picked):
            raise traitlets.TraitError(f"not places of the front: {picked}")
        return picked

    @traitlets.observe("_picked")
    def _choose(self, _change: object) -> None:
        self.set_trait("chosen", self.points(self._picked))
