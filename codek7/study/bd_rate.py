"""BD-rate (Bjøntegaard, ITU-T VCEG-M33, 2001), over any two sets of points.

The mean difference in rate at equal quality, over the quality both reach, each curve interpolated by PCHIP
over the logarithm of the rate as JVET's common test conditions do.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from math import exp, log

from codek7.core.errors import ToolMissing

LEAST_OVERLAP = 2.0
"""Less quality in common than this (2 of 100 VMAF) says nothing."""

RatePoint = tuple[float, float]
"""Bits a second, and a score that rises with quality."""


def require_scipy() -> None:
    """Raises `ToolMissing`, before anything is encoded, where there is nothing to interpolate with."""
    if importlib.util.find_spec("scipy") is None:
        raise ToolMissing("studies need SciPy", hint="pip install 'codek7[lab]'")


def bd_rate(
    tested: Iterable[RatePoint], rival: Iterable[RatePoint], *, low: float = 60.0, high: float = 95.0
) -> float | None:
    """How much more rate the tested needs for equal quality, in percent: negative where it saves. Over scores
    from `low` to `high`, as far as both have them; None where they have too little in common."""
    from scipy.interpolate import PchipInterpolator

    ours, theirs = _rising(tested), _rising(rival)
    if len(ours) < 2 or len(theirs) < 2:
        return None
    low, high = max(low, ours[0][1], theirs[0][1]), min(high, ours[-1][1], theirs[-1][1])
    if high - low < LEAST_OVERLAP:
        return None
    areas = [
        float(PchipInterpolator([q for _, q in side], [log(bps) for bps, _ in side]).integrate(low, high))
        for side in (ours, theirs)
    ]
    return (exp((areas[0] - areas[1]) / (high - low)) - 1) * 100


def _rising(points: Iterable[RatePoint]) -> list[RatePoint]:
    """Without points that cost more and look no better: a player would never choose them."""
    kept: list[RatePoint] = []
    for bps, score in sorted(points):
        if not kept or score > kept[-1][1]:
            kept.append((bps, score))
    return kept
