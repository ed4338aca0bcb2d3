"""Every frame of an encode: how good it is, what it takes, what it is, and where shots begin."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable
from fractions import Fraction
from typing import Any, ClassVar

import msgspec
import traitlets

from codek7.core.errors import UsageError
from codek7.lab.views.timeline_still import draw_series
from codek7.lab.views.view import Still, View

Query = Callable[[int, int], Any]


class FrameSeries(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of each frame, in presentation order.

    `sizes` are in bytes, `types` a letter for each frame (I, P or B), `shots` the first frame of each shot.
    `scores` has the frames 0, `every`, 2 * `every` and so on; empty where nothing was measured.
    """

    sizes: tuple[int, ...]
    types: str
    frame_rate: Fraction
    shots: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    every: int = 1
    metric: str = "VMAF"

    def __post_init__(self) -> None:
        if len(self.types) != len(self.sizes) or not set(self.types) <= set("IPB"):
            raise UsageError("a series has one size and one of the letters I, P, B for each frame")
        if self.every < 1 or len(self.scores) > -(-len(self.sizes) // self.every):
            raise UsageError("a series has at most one score for each `every`-th frame")

    @property
    def frames(self) -> int:
        """How many."""
        return len(self.sizes)

    def scores_of(self, first: int, last: int) -> tuple[float, ...]:
        """The scores of frames `first` to `last`, both included."""
        return self.scores[-(-first // self.every) : last // self.every + 1]

    def bps(self, first: int, last: int) -> float:
        """The average rate of frames `first` to `last`, both included."""
        return float(sum(self.sizes[first : last + 1]) * 8 * self.frame_rate / (last + 1 - first))


class _Scene(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    frames: int
    frames_per_second: float
    types: str
    shots: tuple[int, ...]
    every: int
    metric: str


class Timeline(View):
    """Quality, bits, frame types and shots over one axis of time, with a brush.

    `selected` are the first and the last frame under the brush, () while there is none; observe it. `rows` is
    what `query(first, last)` gives for them, and `sql` is `statement` with these numbers in the places of
    `$first` and `$last`: what to paste elsewhere.
    """

    module: ClassVar[str] = "timeline"

    selected = traitlets.Tuple(read_only=True)
    _selected = traitlets.List(traitlets.Int()).tag(sync=True)
    _scores = traitlets.Bytes().tag(sync=True)
    _sizes = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        series: FrameSeries,
        *,
        query: Query | None = None,
        statement: str = "",
        title: str = "Frame by frame",
    ) -> None:
        self.series = series
        self._query, self._statement = query, statement
        scene = _Scene(
            title=title,
            frames=series.frames,
            frames_per_second=float(series.frame_rate),
            types=series.types,
            shots=series.shots,
            every=series.every,
            metric=series.metric,
        )
        super().__init__(scene, _scores=_packed("f", series.scores), _sizes=_packed("I", series.sizes))

    def select(self, first: int, last: int) -> None:
        """Put the brush over these frames, both included."""
        self._selected = [first, last]

    @property
    def sql(self) -> str:
        """The statement for what is selected; for all frames where nothing is."""
        first, last = self._span()
        return self._statement.replace("$first", str(first)).replace("$last", str(last))

    @property
    def rows(self) -> Any:
        """The query's answer for what is selected; for all frames where nothing is."""
        if self._query is None:
            raise UsageError("nobody said how this timeline gets rows", hint="give it `query`")
        return self._query(*self._span())

    def still(self) -> Still:
        """The whole series, with the brush."""
        selected = (int(self.selected[0]), int(self.selected[1])) if self.selected else None
        return draw_series(self.series, self._scene["title"], selected)

    def _span(self) -> tuple[int, int]:
        first, last = self.selected or (0, self.series.frames - 1)
        return int(first), int(last)

    @traitlets.validate("_selected")
    def _in_range(self, proposal: Any) -> list[int]:
        selected: list[int] = proposal["value"]
        if selected and not (len(selected) == 2 and 0 <= selected[0] <= selected[1] < self.series.frames):
            raise traitlets.TraitError(f"not a span of frames: {selected}")
        return selected

    @traitlets.observe("_selected")
    def _told(self, _change: object) -> None:
        self.set_trait("selected", tuple(self._selected))


def _packed(kind: str, values: tuple[float, ...] | tuple[int, ...]) -> bytes:
    """Little endian, as browsers' arrays are."""
    packed = array(kind, values)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
