"""A source as a formula: what each size would cost and score, so that a search can be compared with the
truth."""

from __future__ import annotations

from math import exp
from typing import NamedTuple

from codek7.study.curves import SizeCurve, Tried

SIZES = (416 * 234, 640 * 360, 960 * 540, 1280 * 720, 1920 * 1080)


class Model(NamedTuple):
    """Rates fall by a part with each step of CRF; scores are S-shaped in it, and small sizes never get
    sharp."""

    bits: float = 6e6
    hardness: float = 30.0
    blur: float = 8.0

    def tried(self, size: int, crf: float) -> Tried:
        """What a trial would give."""
        part = size / max(SIZES)
        bps = self.bits * part**0.8 * exp(-0.13 * (crf - 20))
        sharpest = 100 - self.blur * (1 / part**0.5 - 1)
        return Tried(crf, bps, max(0.0, sharpest / (1 + exp((crf - self.hardness - 3 * part) / 5))))

    def curve(self, size: int) -> SizeCurve:
        """The truth, as closely as anybody asks."""
        return SizeCurve([self.tried(size, crf) for crf in range(16, 45)])
