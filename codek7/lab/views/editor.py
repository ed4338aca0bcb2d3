"""A ladder as rows: rungs added, moved, locked and removed, under a policy and against production."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import traitlets
from msgspec.structs import replace

from codek7 import __version__
from codek7.core.ladder import Ladder, Policy, order
from codek7.core.measurement import Metric
from codek7.core.study import Point
from codek7.lab.views import words
from codek7.lab.views.editor_still import draw_rows
from codek7.lab.views.judged import Judge, sums
from codek7.lab.views.picking import Picking, Places
from codek7.lab.views.places import Columns, Kind
from codek7.lab.views.review import MIN_DISTANCE, Review, changes, violations
from codek7.lab.views.view import Answer, Still

SIGNATURE = f"lab@{__version__}"


class AskReview(msgspec.Struct, frozen=True, tag_field="ask", tag="review"):
    """What is to be said of a ladder of these places?"""

    picked: tuple[int, ...]


class _Scene(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    metric: str
    kinds: tuple[Kind, ...]
    places: Columns
    on_front: int
    duration_us: int
    wishes: tuple[str, ...]
    production: bool
    rival: str


class LadderEditor(Picking):
    """The rungs of a ladder, each a place on the front, as rows with what they cost.

    `policy` and `min_distance` (in the metric's points, between neighbours) are what it must keep to; what it
    breaks is named. `like` has all of a ladder that is not its rungs (by default what the policy says).
    `production` is the ladder in use; `duration_us`, the title's, makes rates sizes. `rival`
    names what `judge` compares with. `chosen`, `locked` and `ladder` say what the ladder is now.
    """

    module: ClassVar[str] = "editor"
    asks: ClassVar[Any] = AskReview

    _locked = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(
        self,
        front: Sequence[Point],
        ladder: Sequence[Point],
        policy: Policy,
        *,
        metric: Metric,
        duration_us: int,
        like: Ladder | None = None,
        production: Ladder | None = None,
        judge: Judge | None = None,
        min_distance: float = MIN_DISTANCE,
        rival: str = "",
        title: str = "Ladder",
    ) -> None:
        places = Places(front, ladder)
        self._policy, self._production, self._min_distance = policy, production, min_distance
        self._like = like or Ladder(
            audio=policy.audio, segment_us=policy.segment_us, idr_us=policy.idr_us, planner=SIGNATURE
        )
        self._judge: Judge = judge or sums
        self._title, self._duration_us = title, duration_us
        kinds, columns, _ = places.columns()
        scene = _Scene(
            title=title,
            metric=metric.label,
            kinds=kinds,
            places=columns,
            on_front=places.on_front,
            duration_us=duration_us,
            wishes=wishes(policy, min_distance),
            production=production is not None,
            rival=rival,
        )
        super().__init__(places, scene)

    @property
    def ladder(self) -> Ladder:
        """The ladder as it is now: with nothing moved, what it began as. Raises `LadderInvalid`."""
        rungs = order(tuple(point.rung for point in self.chosen))
        if rungs == self._like.rungs:
            return self._like
        return replace(self._like, rungs=rungs, planner=SIGNATURE)

    @property
    def locked(self) -> tuple[Point, ...]:
        """The rungs that are to stay as they are."""
        return self.points([at for at in self._locked if at in self._picked])

    @property
    def review(self) -> Review:
        """What is to be said of the ladder as it is now."""
        return self._review(self.chosen)

    def answer(self, ask: AskReview) -> Answer:
        """Review a ladder."""
        return Answer(self._review(self.points(ask.picked)))

    def still(self) -> Still:
        """The rows as they are now."""
        return draw_rows(self._title, self.chosen, self.review, self._duration_us)

    def _review(self, points: Sequence[Point]) -> Review:
        production = self._production
        return Review(
            judged=self._judge(points),
            violations=violations(points, self._policy, self._min_distance),
            changes=changes(production, [point.rung for point in points]) if production else (),
        )

    @traitlets.validate("_locked")
    def _check_locked(self, proposal: Any) -> list[int]:
        locked: list[int] = proposal["value"]
        if not self.are_places(locked):
            raise traitlets.TraitError(f"not places of the front: {locked}")
        return locked


def wishes(policy: Policy, min_distance: float) -> tuple[str, ...]:
    """What a policy asks of a ladder, in words."""
    wished = [f"at most {policy.max_rungs} rungs", f"at least {min_distance:g} apart"]
    wished.append(f"{policy.tuning.step_ratio:g} times the rate")
    if policy.max_bps:
        wished.append(f"no ceiling above {words.rate(policy.max_bps)}")
    if policy.min_height:
        wished.append(f"from {policy.min_height} lines")
    wished.append(f"up to {policy.max_height} lines")
    wished.append(", ".join(policy.codecs))
    return tuple(wished)
