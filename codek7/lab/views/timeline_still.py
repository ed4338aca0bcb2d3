"""A series of frames as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from codek7.lab.views import words
from codek7.lab.views.colours import ACCENT, INK, MUTED
from codek7.lab.views.drawing import Drawing, Scale, ticks
from codek7.lab.views.view import Still

if TYPE_CHECKING:
    from codek7.lab.views.timeline import FrameSeries

WIDTH, HEIGHT = 900, 392
LEFT, RIGHT = 66, 872
SCORES, BITS, TYPES = (100, 212), (226, 318), (326, 340)
"""Where the three rows are: top and bottom."""
COLUMNS = 400
TINTS = {"I": ACCENT, "P": "#8a7f73", "B": "#cfc7bb"}


def draw_series(series: FrameSeries, title: str, selected: tuple[int, int] | None) -> Still:
    """All of it; with more frames than columns, each column is what lies in it."""
    named = _named(series, *(selected or (0, series.frames - 1))) if series.frames else []
    said = f"{title}: {series.frames} frames, {len(series.shots)} shot{'s' * (len(series.shots) != 1)}"
    if selected:
        said += f", {selected[0]} to {selected[1]} selected"
    said += "".join(f"; {name} {value}" for name, value in named)
    drawing = Drawing(WIDTH, HEIGHT, said)
    drawing.heading(title, f"{series.frames} frames, {float(series.frame_rate):g} a second")
    drawing.figures(WIDTH - 28, named)
    if series.frames:
        _draw(drawing, series, selected)
    return Still("image/svg+xml", drawing.svg(), said)


def _named(series: FrameSeries, first: int, last: int) -> list[tuple[str, str]]:
    named = [("Rate", words.rate(series.bps(first, last)))]
    if scores := series.scores_of(first, last):
        named[:0] = [
            (f"{series.metric}, mean", f"{fmean(scores):.1f}"),
            ("lowest", f"{min(scores):.1f}"),
        ]
    return named


def _draw(drawing: Drawing, series: FrameSeries, selected: tuple[int, int] | None) -> None:
    across = Scale(0, series.frames, LEFT, RIGHT)
    if selected:
        left, right = across(selected[0]), across(selected[1] + 1)
        drawing.box((left, SCORES[0]), right - left, TYPES[1] - SCORES[0], fill=ACCENT, opacity="0.12")
    for shot in series.shots:
        drawing.line((across(shot), SCORES[0]), (across(shot), TYPES[1]), stroke_dasharray="2 3")
    if series.scores:
        _scores(drawing, series, across)
    _bits(drawing, series, across)
    times = ticks(0, series.frames / float(series.frame_rate), 8)
    whole = all(at == round(at) for at in times)
    for at in times:
        x = across(at * float(series.frame_rate))
        said = words.clock(round(at * 1e6)) if whole else f"{at:g} s"
        drawing.text((x, HEIGHT - 28), said, size=12, fill=MUTED, anchor="middle")


def _scores(drawing: Drawing, series: FrameSeries, across: Scale) -> None:
    low, high = min(series.scores), max(series.scores)
    up = Scale(low, high if high > low else low + 1, SCORES[1], SCORES[0] + 4)
    for score in ticks(up.low, up.high, 4):
        drawing.line((LEFT, up(score)), (RIGHT, up(score)))
        drawing.text((LEFT - 10, up(score) + 4), f"{score:g}", size=12, fill=MUTED, anchor="end")
    points = [
        (across(first * series.every), up(score))
        for first, some in _columns(series.scores)
        for score in ((max(some), min(some)) if len(some) > 1 else some)
    ]
    drawing.path(points, INK, width=1.5)
    drawing.text((LEFT + 2, SCORES[0] - 6), series.metric, size=12, fill=MUTED)


def _bits(drawing: Drawing, series: FrameSeries, across: Scale) -> None:
    most = max(series.sizes) or 1
    up = Scale(0, most, BITS[1], BITS[0])
    for first, some in _columns(series.sizes):
        # A column shows its largest frame: keyframes are what one looks for.
        largest = max(range(len(some)), key=some.__getitem__)
        tint = TINTS[series.types[first + largest]]
        width = max(0.8, (across(1) - across(0)) * len(some) - 0.4)
        top = up(some[largest])
        drawing.box((across(first), top), width, BITS[1] - top, fill=tint)
        kinds = series.types[first : first + len(some)]
        kind = next(letter for letter in "IPB" if letter in kinds)
        drawing.box((across(first), TYPES[0]), width, TYPES[1] - TYPES[0], fill=TINTS[kind])
    drawing.text((LEFT - 10, BITS[0] + 8), words.size(most), size=12, fill=MUTED, anchor="end")
    for place, (kind, tint) in enumerate(TINTS.items()):
        drawing.box((WIDTH - 132 + 36 * place, SCORES[0] - 15), 10, 10, fill=tint)
        drawing.text((WIDTH - 118 + 36 * place, SCORES[0] - 6), kind, size=12, fill=MUTED)


def _columns(values: Sequence[float]) -> Iterator[tuple[int, Sequence[float]]]:
    """The values in at most `COLUMNS` groups, with the number of each group's first."""
    step = max(1, -(-len(values) // COLUMNS))
    for first in range(0, len(values), step):
        yield first, values[first : first + step]
