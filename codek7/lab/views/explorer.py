"""The rate-quality plane of a study: curves, the front, and a ladder to be moved along it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import msgspec

from codek7.core.measurement import Metric
from codek7.core.study import Curve, PairedFrames, Point
from codek7.lab.views.explorer_still import Plane, draw_plane
from codek7.lab.views.judged import Judge, Judged, sums
from codek7.lab.views.picking import Picking, Places
from codek7.lab.views.pictures import fitted
from codek7.lab.views.places import Columns, Kind
from codek7.lab.views.view import Answer, Still

Rival = tuple[str, Sequence[Point]]
ShowFrames = Callable[[Point, int], PairedFrames]


class AskJudged(msgspec.Struct, frozen=True, tag_field="ask", tag="judge"):
    """What would a ladder of these places mean?"""

    picked: tuple[int, ...]


class AskFrames(msgspec.Struct, frozen=True, tag_field="ask", tag="frames"):
    """How does frame `number` look in the trial behind a point that was tried?"""

    tried: int
    number: int


class _Rival(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    rates: tuple[int, ...]
    scores: tuple[float, ...]


class _Scene(msgspec.Struct, frozen=True, kw_only=True):
    """`places` are where rungs can be: `on_front` of them the front, then what else the ladder had."""

    title: str
    metric: str
    rising: bool
    kinds: tuple[Kind, ...]
    tried: Columns
    places: Columns
    on_front: int
    rival: _Rival | None
    frames: int


class RDExplorer(Picking):
    """Rate (logarithmic) against quality: one curve for each size and codec, what was tried, the Pareto
    front, and the ladder's rungs, which are dragged along it.

    `front` is dense: each of its points is a place that a rung can take. `chosen` has the points of the
    ladder as it is now, rising in rate; observe it. `judge` is asked whenever the ladder changes; without it
    storage is the sum of the rates. `frames(point, number)` gives the pictures of a point that was tried and
    is clicked; `frame_count` says how many there are.
    """

    module: ClassVar[str] = "explorer"
    asks: ClassVar[Any] = AskJudged | AskFrames

    def __init__(
        self,
        curves: Sequence[Curve],
        front: Sequence[Point],
        ladder: Sequence[Point],
        *,
        metric: Metric,
        rival: Rival | None = None,
        judge: Judge | None = None,
        frames: ShowFrames | None = None,
        frame_count: int = 1,
        title: str = "Rate and quality",
    ) -> None:
        self._tried = tuple(point for curve in curves for point in curve.points)
        self._judge: Judge = judge or sums
        self._frames = frames
        places = Places(front, ladder)
        self._plane = Plane(title=title, metric=metric, curves=tuple(curves), front=places.front, rival=rival)
        kinds, columns, tried = places.columns(self._tried)
        scene = _Scene(
            title=title,
            metric=metric.label,
            rising=metric.name != "cambi",
            kinds=kinds,
            tried=tried,
            places=columns,
            on_front=places.on_front,
            rival=_rival(rival),
            frames=frame_count if frames else 0,
        )
        super().__init__(places, scene)

    @property
    def judged(self) -> Judged:
        """What the ladder as it is now means."""
        return self._judge(self.chosen)

    def answer(self, ask: AskJudged | AskFrames) -> Answer:
        """Judge a ladder, or show a frame."""
        if isinstance(ask, AskJudged):
            return Answer(self._judge(self.points(ask.picked)))
        if self._frames is None:
            raise ValueError("nobody said how to get frames")
        pair = fitted(self._frames(self._tried[ask.tried], ask.number))
        return Answer({"number": pair.number, "score": pair.score}, (pair.reference, pair.distorted))

    def still(self) -> Still:
        """The plane with the ladder as it is now."""
        return draw_plane(self._plane, self.chosen, self.judged)


def _rival(rival: Rival | None) -> _Rival | None:
    if rival is None:
        return None
    points = sorted(rival[1], key=lambda point: point.average_bps)
    return _Rival(
        name=rival[0],
        rates=tuple(point.average_bps for point in points),
        scores=tuple(round(point.score, 4) for point in points),
    )
