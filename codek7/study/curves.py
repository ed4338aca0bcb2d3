"""Rate and quality of one size over the encoder's quality parameter, from few trials.

Both are monotone in the parameter, so they are interpolated by PCHIP (Fritsch and Carlson, 1980), the rate by
its logarithm. Sizes of one source behave alike: where a size was tried but once or twice, the shape of the
next larger one fills in, shifted to what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import exp, log
from typing import Any, NamedTuple

CRF_RANGE: dict[str, tuple[float, float]] = {"h264": (16, 44), "hevc": (16, 44), "av1": (18, 58)}
"""Where rungs are looked for: beyond it nothing is gained, or nothing is left."""
CRF_STEP: dict[str, float] = {"h264": 0.5, "hevc": 0.5, "av1": 1}
WORST, BEST = 0.0, 100.0


class Tried(NamedTuple):
    """What a trial gave: the parameter, bits a second, and the score."""

    crf: float
    bps: float
    score: float


class SizeCurve:
    """What is known of one size: `tried` in rising CRF, and the next larger size, whose shape fills in."""

    def __init__(self, tried: Sequence[Tried], larger: SizeCurve | None = None) -> None:
        self.tried = tuple(sorted(tried))
        self._larger = larger

    def bps(self, crf: float) -> float:
        """Bits a second."""
        return exp(self._log_bps(crf))

    def score(self, crf: float) -> float:
        """The score, within what the metric has: it saturates."""
        shape = self._larger.score(crf) if self._larger else 0.0
        return min(BEST, max(WORST, shape + self._scores.at(crf)))

    def distance(self, crf: float) -> float:
        """How far the nearest trial is."""
        return min(abs(crf - each.crf) for each in self.tried)

    def slope(self, crf: float) -> float:
        """By how much the score changes with one step of the parameter; negative."""
        return min(-1e-3, (self.score(crf + 0.5) - self.score(crf - 0.5)))

    def _log_bps(self, crf: float) -> float:
        return (self._larger._log_bps(crf) if self._larger else 0.0) + self._rates.at(crf)

    @cached_property
    def _rates(self) -> Line:
        shape = self._larger._log_bps if self._larger else _flat
        points = [(each.crf, log(each.bps) - shape(each.crf)) for each in self.tried]
        return Line(points, extended=self._larger is None)

    @cached_property
    def _scores(self) -> Line:
        shape = self._larger.score if self._larger else _flat
        points = [(each.crf, each.score - shape(each.crf)) for each in self.tried]
        return Line(points, extended=self._larger is None)


def _flat(_: float) -> float:
    return 0.0


class Line:
    """A curve through points of rising x. Beyond them it goes on as it ends (`extended`), or stays level."""

    def __init__(self, points: Sequence[tuple[float, float]], *, extended: bool) -> None:
        self._x = [x for x, _ in points]
        self._y = [y for _, y in points]
        self._extended = extended

    def at(self, x: float) -> float:
        """The value at x."""
        if len(self._x) == 1:
            return self._y[0]
        if x <= self._x[0]:
            return self._beyond(x, 0, 1)
        if x >= self._x[-1]:
            return self._beyond(x, -1, -2)
        return float(self._inner(x))

    def _beyond(self, x: float, end: int, before: int) -> float:
        if not self._extended:
            return self._y[end]
        rise = (self._y[end] - self._y[before]) / (self._x[end] - self._x[before])
        return self._y[end] + rise * (x - self._x[end])

    @cached_property
    def _inner(self) -> Any:
        from scipy.interpolate import PchipInterpolator

        return PchipInterpolator(self._x, self._y)


def curves_of(tried: Mapping[int, Sequence[Tried]]) -> dict[int, SizeCurve]:
    """A curve for each size (by its pixels), each leaning on the next larger one."""
    curves: dict[int, SizeCurve] = {}
    larger: SizeCurve | None = None
    for size in sorted(tried, reverse=True):
        larger = curves[size] = SizeCurve(tried[size], larger)
    return curves
