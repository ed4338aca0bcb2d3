"""What two sides of a comparison say of themselves that cannot be right.

A wrong range flag moves luma in one way and no other: what is limited and taken for full is squeezed around a
fixed point, what is full and taken for limited is stretched. So the luma of both, as declared, is compared in
a few coarse pictures, where an encoder's losses average out, with what either mistake would make of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal

from av.filter import Graph

from codek7.core.measurement import Defect
from codek7.core.media import Colour, Limits
from codek7.ffmpeg.av_graph import chained, entry
from codek7.ffmpeg.pairing import Canvas, Pair, normalising
from codek7.ffmpeg.safe_open import open_media
from codek7.ffmpeg.sides import Side, pictures

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

COARSE = (32, 18)
"""The size that luma is compared at."""
LOOKED_AT = (0, 8, 16, 24)
"""The pictures that are compared, by number."""
LEAST_ERROR = 2.0
"""Levels of 8 bits, root mean square, below which nothing is wrong."""
BETTER = 0.4
"""The part of that error which may remain when a mistake is undone."""
BLACK, SPAN, FULL = 16, 219, 255
"""Limited range of 8 bits: black, and how many levels to white; and full range's."""

# By ITU-T H.273 these are the same, by different names.
_SAME_TRANSFER = frozenset({"bt709", "smpte170m", "bt2020-10", "bt2020-12"})
_SAME_MATRIX = frozenset({"smpte170m", "bt470bg"})
_SILENT = frozenset({"unknown", "gbr"})


def find_defects(pair: Pair, limits: Limits) -> tuple[Defect, ...]:
    """What is wrong with the tags of either side, as far as the other shows it; some 25 pictures of each are
    decoded."""
    ranged = _wrong_range(pair, limits)
    return (*([ranged] if ranged else []), *_differing(pair.reference.colour, pair.distorted.colour))


def _differing(reference: Colour, distorted: Colour) -> Iterator[Defect]:
    kinds: tuple[tuple[Literal["matrix", "primaries", "transfer"], frozenset[str]], ...] = (
        ("matrix", _SAME_MATRIX), ("primaries", frozenset()), ("transfer", _SAME_TRANSFER),
    )  # fmt: skip
    for kind, same in kinds:
        wanted, said = getattr(reference, kind), getattr(distorted, kind)
        if wanted != said and not {wanted, said} & _SILENT and not {wanted, said} <= same:
            yield Defect(kind=kind, said=said, found=wanted, reference=wanted)


def _wrong_range(pair: Pair, limits: Limits) -> Defect | None:
    canvas = Canvas(*COARSE, rate=pair.canvas.rate)
    reference, distorted = _luma(pair.reference, canvas, limits), _luma(pair.distorted, canvas, limits)
    said = pair.distorted.colour.range
    if said == "pc":
        found, mistaken = "tv", [BLACK + level * SPAN / FULL for level in reference]
    else:
        found, mistaken = "pc", [(level - BLACK) * FULL / SPAN for level in reference]
    as_said = _error(reference, distorted)
    if as_said < LEAST_ERROR or _error(mistaken, distorted) > BETTER * as_said:
        return None
    return Defect(kind="range", said=said, found=found, reference=pair.reference.colour.range)


def _luma(side: Side, canvas: Canvas, limits: Limits) -> list[int]:
    """The levels of the pictures looked at, as far as there are so many: row by row, one behind the other."""
    levels: list[int] = []
    with open_media(side.path, limits) as container:
        for number, frame in enumerate(pictures(container, side, 0, limits)):
            if number in LOOKED_AT:
                levels += _levels(frame, side, canvas)
            if number == LOOKED_AT[-1]:
                break
    return levels


def _levels(frame: VideoFrame, side: Side, canvas: Canvas) -> list[int]:
    graph = Graph()
    start, end = entry(graph, frame, canvas), graph.add("buffersink")
    chained(graph, start, normalising(side, canvas)).link_to(end)
    start.push(frame)
    start.push(None)
    small: Any = end.pull()
    plane = small.planes[0]
    rows, step = bytes(plane), plane.line_size
    return [level for row in range(canvas.height) for level in rows[row * step : row * step + canvas.width]]


def _error(wanted: Sequence[float], found: Sequence[float]) -> float:
    """Root mean square of the levels that both have, of 8 bits."""
    errors = [(min(max(one, 0), FULL) - other) ** 2 for one, other in zip(wanted, found, strict=False)]
    return sqrt(sum(errors) / max(1, len(errors)))
