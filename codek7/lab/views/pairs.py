"""What a comparison looks at: pairs of pictures by frame number, and which of them are worst."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import isfinite
from typing import Protocol

from codek7.core.study import PairedFrames

WORST = 10
APART_S = Fraction(1, 4)
"""Of frames closer than this to a worse one, which are the same moment, only that one is listed."""


class FramePairs(Protocol):
    """Two versions of a video, paired by number exactly as `metric` pairs them.

    `labels` name them, reference first. `scores` has one number for each frame, None where nothing was
    measured. A view asks from one thread at a time, not always from the same.
    """

    @property
    def frames(self) -> int: ...

    @property
    def frame_rate(self) -> Fraction: ...

    @property
    def labels(self) -> tuple[str, str]: ...

    @property
    def scores(self) -> tuple[float, ...] | None: ...

    @property
    def metric(self) -> str: ...

    def pair(self, number: int, height: int) -> PairedFrames:
        """Both pictures of a frame, at most so many lines high and both of one size."""
        ...


def worst_frames(
    scores: Sequence[float], frame_rate: Fraction, *, rising: bool = True, most: int = WORST
) -> tuple[int, ...]:
    """The frames with the lowest scores (the highest where the metric falls with quality), worst first and a
    quarter of a second apart; where a video has fewer such moments, then the frames between them."""
    known = [number for number, score in enumerate(scores) if isfinite(score)]
    known.sort(key=lambda number: scores[number] if rising else -scores[number])
    apart = frame_rate * APART_S
    chosen: list[int] = []
    for number in known:
        if len(chosen) == most:
            break
        if all(abs(number - other) > apart for other in chosen):
            chosen.append(number)
    between = (number for number in known if number not in chosen)
    chosen.extend(number for number, _ in zip(between, range(most - len(chosen)), strict=False))
    return tuple(chosen)
