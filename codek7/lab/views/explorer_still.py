"""The rate-quality plane as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from codek7.core.measurement import Metric
from codek7.core.study import Curve, Point
from codek7.lab.views import words
from codek7.lab.views.colours import ACCENT, INK, LINE, MUTED, PAPER, hue, size_colour
from codek7.lab.views.drawing import XY, Drawing, Scale, log_ticks, ticks
from codek7.lab.views.judged import Judged
from codek7.lab.views.view import Still

WIDTH, HEIGHT = 900, 540
LEFT, RIGHT, TOP, BOTTOM = 70, 796, 92, 486
DASHES = {"h264": "none", "hevc": "9 5", "av1": "2.5 4"}
MOST_SMOOTHED = 60
MOST_DOTS = 2000
"""Of all that was tried, at most about so many are drawn: more show nothing more."""


class Plane(NamedTuple):
    """What does not change while a ladder is moved about."""

    title: str
    metric: Metric
    curves: tuple[Curve, ...]
    front: tuple[Point, ...]
    rival: tuple[str, Sequence[Point]] | None


def draw_plane(plane: Plane, ladder: Sequence[Point], judged: Judged) -> Still:
    """The curves, the front, the rival and a ladder."""
    rival = plane.rival
    named = [("Rungs", str(len(ladder))), ("Storage", f"{words.size(judged.storage_bytes_per_hour)}/h")]
    if judged.bd_rate is not None and rival:
        named.insert(0, (f"BD-rate to {rival[0]}", words.percent(judged.bd_rate)))
    said = f"{plane.title}: {len(plane.curves)} curves, {plane.metric.label}. " + ", ".join(
        f"{name} {value}" for name, value in named
    )
    rungs = "".join(
        f"\n  {p.rung.label}  crf {p.rung.crf:g}  {words.rate(p.average_bps)}  {p.score:.2f}" for p in ladder
    )
    drawing = Drawing(WIDTH, HEIGHT, said)
    drawing.heading(plane.title, plane.metric.label)
    drawing.figures(WIDTH - 28, named)
    shown = [
        *plane.front,
        *(p for c in plane.curves for p in c.points),
        *(rival[1] if rival else ()),
        *ladder,
    ]
    if shown:
        _draw(drawing, plane, ladder, shown)
    return Still("image/svg+xml", drawing.svg(), said + rungs)


def _draw(drawing: Drawing, plane: Plane, ladder: Sequence[Point], shown: Sequence[Point]) -> None:
    rates = [point.average_bps for point in shown]
    scores = [point.score for point in shown]
    across = Scale(max(1, min(rates)) / 1.08, max(rates) * 1.08, LEFT, RIGHT, log=True)
    room = (max(scores) - min(scores)) * 0.03 or 1
    ends = (TOP, BOTTOM) if plane.metric.name == "cambi" else (BOTTOM, TOP)
    up = Scale(min(scores) - room, max(scores) + room, *ends)

    def at(point: Point) -> XY:
        return across(point.average_bps), up(point.score)

    _axes(drawing, across, up)
    for codec in dict.fromkeys(p.rung.codec for p in plane.front):
        band = [at(p) for p in plane.front if p.rung.codec == codec]
        drawing.path(band, INK, width=9, opacity="0.12", stroke_linecap="round")
    every = max(1, sum(len(curve.points) for curve in plane.curves) // MOST_DOTS)
    for curve in plane.curves:
        colour = size_colour(hue(curve.width, curve.height))
        line = _smooth([at(p) for p in curve.points])
        drawing.path(line, colour, stroke_dasharray=DASHES.get(curve.codec, "none"))
        for point in curve.points[::every]:
            drawing.dot(at(point), 2.6, colour)
    if plane.rival:
        line = [at(p) for p in sorted(plane.rival[1], key=lambda p: p.average_bps)]
        drawing.path(line, MUTED, width=1.5, stroke_dasharray="1 4", stroke_linecap="round")
        for x, y in line:
            drawing.box((x - 3.5, y - 3.5), 7, 7, fill=PAPER, stroke=MUTED, stroke_width="1.5")
    _names(drawing, [(curve, at(curve.points[-1])) for curve in plane.curves if curve.points])
    for point in ladder:
        drawing.dot(at(point), 7, PAPER, stroke=ACCENT, stroke_width="3.5")


def _smooth(points: Sequence[XY]) -> Sequence[XY]:
    """Monotone between the points, as a study interpolates; many points are a line as they are."""
    xs = [x for x, _ in points]
    if not 3 <= len(points) <= MOST_SMOOTHED or any(b <= a for a, b in pairwise(xs)):
        return points
    from scipy.interpolate import PchipInterpolator

    curve = PchipInterpolator(xs, [y for _, y in points])
    steps = 12 * (len(points) - 1)
    between = [xs[0] + (xs[-1] - xs[0]) * step / steps for step in range(1, steps)]
    return [(x, float(curve(x))) for x in sorted({*xs, *between})]


def _axes(drawing: Drawing, across: Scale, up: Scale) -> None:
    for rate in log_ticks(across.low, across.high):
        drawing.line((across(rate), TOP), (across(rate), BOTTOM))
        drawing.text(
            (across(rate), BOTTOM + 20), words.round_rate(rate), size=12, fill=MUTED, anchor="middle"
        )
    for score in ticks(up.low, up.high):
        drawing.line((LEFT, up(score)), (RIGHT, up(score)), stroke=LINE)
        drawing.text((LEFT - 10, up(score) + 4), f"{score:g}", size=12, fill=MUTED, anchor="end")
    drawing.text(
        ((LEFT + RIGHT) / 2, BOTTOM + 42), "average rate, logarithmic", size=12, fill=MUTED, anchor="middle"
    )


def _names(drawing: Drawing, ends: Sequence[tuple[Curve, XY]]) -> None:
    """Each curve's name at its upper end, moved apart where they would overlap."""
    placed: list[XY] = []
    for curve, (x, y) in sorted(ends, key=lambda end: end[1][1]):
        x, y = min(x + 9, RIGHT + 6), y + 4
        for other_x, other_y in placed:
            if abs(other_x - x) < 80 and y - other_y < 15:
                y = other_y + 15
        placed.append((x, y))
        colour = size_colour(hue(curve.width, curve.height), lightness=0.48)
        drawing.text((x, y), curve.label, size=12, fill=colour, weight="600")
