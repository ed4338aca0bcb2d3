"""Rate and quality of one size over the encoder's quality parameter, from few trials.

Both are monotone in the parameter, so they are interpolated by PCHIP (Fritsch and Carlson, 1980), the rate by
its logarithm and the score by its log-odds, which straighten the S that scores draw. Sizes of one source
behave alike: where a size was tried but once or twice, the shape of the next larger one fills in, shifted to
what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CRF_RANGE: dict[str, tuple[float, float]] = {"h264": (16, 44), "hevc": (16, 44), "av1": (18, 58)}
"""Where rungs are looked for: beyond it nothing is gained, or nothing is left."""
CRF_STEP: dict[str, float] = {"h264": 0.1, "hevc": 0.1, "av1": 1}
"""As fine as encoders take it: where scores are steep, half of one moves them by more than 1 of VMAF."""
WORST, BEST = 0.0, 100.0
UNREACHED = (-20.0, 110.0)
"""What scores tend to if nothing cut them off: between these, the log-odds of one size are those of another,
shifted. Closer bounds make much of tenths near the best score, and predict smaller sizes worse (measured)."""


class Tried(NamedTuple):
    """What a trial gave: the parameter, bits a second, and the score."""

    crf: float
    bps: float
    score: float


class SizeCurve:
    """What is known of one size: what was tried, and a curve whose shape fills in: the next larger size's, or
    of the same size as it was known before."""

    def __init__(self, tried: Sequence[Tried], like: SizeCurve | None = None) -> None:
        self.tried = tuple(sorted(tried))
        self._like = like

    def bps(self, crf: float) -> float:
        """Bits a second."""
        return float(np.exp(self._log_bps(np.array([crf])))[0])

    def score(self, crf: float) -> float:
        """The score, within what the metric has: it saturates."""
        return float(self._scores_at(np.array([crf]))[0])

    def sampled(self, codec: str) -> list[Tried]:
        """What every parameter that a rung may have would give, from the best quality down."""
        crfs = steps(codec)
        rates, scores = np.exp(self._log_bps(crfs)), self._scores_at(crfs)
        return [Tried(*each) for each in zip(crfs.tolist(), rates.tolist(), scores.tolist(), strict=True)]

    def distance(self, crf: float) -> float:
        """How far the nearest trial is."""
        return min(abs(crf - each.crf) for each in self.tried)

    def _log_bps(self, crfs: Floats) -> Floats:
        inherited = self._like._log_bps(crfs) if self._like else 0.0
        return inherited + self._rates.at(crfs)

    def _scores_at(self, crfs: Floats) -> Floats:
        return np.clip(_score(self._log_odds(crfs)), WORST, BEST)

    def _log_odds(self, crfs: Floats) -> Floats:
        inherited = self._like._log_odds(crfs) if self._like else 0.0
        return inherited + self._scores.at(crfs)

    @cached_property
    def _rates(self) -> Line:
        """Logarithms of rates go on straight."""
        crfs = np.array([each.crf for each in self.tried])
        seen = np.log([each.bps for each in self.tried])
        if self._like:
            return Line(crfs, seen - self._like._log_bps(crfs), (0.0, 0.0))
        rises = np.diff(seen) / np.diff(crfs)
        return Line(crfs, seen, (rises[0], rises[-1]) if len(rises) else (0.0, 0.0))

    @cached_property
    def _scores(self) -> Line:
        """Scores bend: they go on as steeply as they end."""
        crfs = np.array([each.crf for each in self.tried])
        seen = _odds(np.array([each.score for each in self.tried]))
        return Line(crfs, seen - self._like._log_odds(crfs), (0.0, 0.0)) if self._like else Line(crfs, seen)


def _odds(scores: Floats) -> Floats:
    """Their logarithms."""
    least, most = UNREACHED
    return np.asarray(np.log((scores - least) / (most - scores)))


def _score(log_odds: Floats) -> Floats:
    least, most = UNREACHED
    return np.asarray(least + (most - least) / (1 + np.exp(-log_odds)))


class Line:
    """A curve through points of rising x. Beyond them it goes on straight, with the slopes `beyond`, before
    and after: as steeply as it ends, where none are given."""

    def __init__(self, x: Floats, y: Floats, beyond: tuple[float, float] | None = None) -> None:
        self._x, self._y = x, y
        self._given = beyond

    def at(self, x: Floats) -> Floats:
        """The values at each x."""
        if len(self._x) == 1:
            return np.full(len(x), self._y[0])
        inside = np.asarray(self._inner(np.clip(x, self._x[0], self._x[-1])))
        before, after = np.minimum(0.0, x - self._x[0]), np.maximum(0.0, x - self._x[-1])
        first, last = self._beyond
        return np.asarray(inside + before * first + after * last)

    @cached_property
    def _inner(self) -> Any:
        from scipy.interpolate import PchipInterpolator

        return PchipInterpolator(self._x, self._y)

    @cached_property
    def _beyond(self) -> tuple[float, float]:
        if self._given is not None:
            return self._given
        first, last = self._inner(self._x[[0, -1]], nu=1)
        return float(first), float(last)


def steps(codec: str) -> Floats:
    """Every parameter that a rung may have, from the best quality down."""
    (low, high), step = CRF_RANGE[codec], CRF_STEP[codec]
    return np.linspace(low, high, round((high - low) / step) + 1).round(1)


def curves_of(tried: Mapping[int, Sequence[Tried]]) -> dict[int, SizeCurve]:
    """A curve for each size (by its pixels), each leaning on the next larger one."""
    curves: dict[int, SizeCurve] = {}
    larger: SizeCurve | None = None
    for size in sorted(tried, reverse=True):
        larger = curves[size] = SizeCurve(tried[size], larger)
    return curves
