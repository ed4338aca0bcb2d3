"""Quality numbers and the per-frame series behind them."""

from __future__ import annotations

from statistics import fmean, harmonic_mean, quantiles
from typing import Literal

import msgspec

Metric = Literal["vmaf", "psnr", "ssim", "xpsnr"]


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one distorted file against its reference, frame by frame in presentation order.

    `meter` signs it `name@version`; `model` names the metric's model, where it has one.
    """

    metric: Metric
    model: str = ""
    meter: str
    per_frame: tuple[float, ...]

    @property
    def frames(self) -> int:
        """How many pairs were compared."""
        return len(self.per_frame)

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return fmean(self.per_frame)

    @property
    def harmonic_mean(self) -> float:
        """Harmonic mean; frames at or below 0 count as next to 0, so one bad frame shows."""
        return harmonic_mean([max(score, 1e-6) for score in self.per_frame])

    def percentile(self, percent: int) -> float:
        """The score that `percent` of the frames (1 to 99) do not reach, interpolated between frames."""
        if len(self.per_frame) == 1:
            return self.per_frame[0]
        return quantiles(self.per_frame, n=100, method="inclusive")[percent - 1]
