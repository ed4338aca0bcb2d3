"""Points as columns, which is how the browser gets many of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from codek7.core.ladder import Rung
from codek7.core.study import Point
from codek7.lab.views.colours import hue


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What a curve is of: a codec in a size. `hue` is the size's colour."""

    codec: str
    width: int
    height: int
    label: str
    hue: int


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Points, field by field; `kinds` are positions among the kinds."""

    kinds: tuple[int, ...]
    rates: tuple[int, ...]
    scores: tuple[float, ...]
    crfs: tuple[float, ...]
    peaks: tuple[int, ...]
    ceilings: tuple[int, ...]
    cpu: tuple[float, ...]


def kinds_of(rungs: Iterable[Rung]) -> tuple[Kind, ...]:
    """The kinds of these rungs, each once, smallest first."""
    found = {_key(rung): rung for rung in rungs}
    kinds = (
        Kind(
            codec=rung.codec,
            width=rung.width,
            height=rung.height,
            label=rung.label,
            hue=hue(rung.width, rung.height),
        )
        for rung in found.values()
    )
    return tuple(sorted(kinds, key=lambda kind: (kind.codec, kind.width * kind.height, kind.label)))


def columns(points: Sequence[Point], kinds: Sequence[Kind]) -> Columns:
    """These points, whose kinds are all there."""
    number = {(kind.label, kind.width, kind.height): at for at, kind in enumerate(kinds)}
    return Columns(
        kinds=tuple(number[_key(point.rung)] for point in points),
        rates=tuple(point.average_bps for point in points),
        scores=tuple(round(point.score, 4) for point in points),
        crfs=tuple(point.rung.crf for point in points),
        peaks=tuple(point.peak_bps for point in points),
        ceilings=tuple(point.rung.ceiling_bps for point in points),
        cpu=tuple(round(point.cpu_s_per_hour, 1) for point in points),
    )


def _key(rung: Rung) -> tuple[str, int, int]:
    return rung.label, rung.width, rung.height
