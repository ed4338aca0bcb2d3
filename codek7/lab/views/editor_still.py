"""A ladder's rows as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from codek7.core.study import Point
from codek7.lab.views import words
from codek7.lab.views.colours import ACCENT, BAD, GOOD, INK, LINE, MUTED, hue, size_colour
from codek7.lab.views.drawing import Drawing, Scale
from codek7.lab.views.view import Still

if TYPE_CHECKING:
    from codek7.lab.views.review import Review

WIDTH, LEFT, RIGHT, TOP, ROW = 900, 28, 872, 84, 34
COLUMNS = {"Rung": 28, "Rate": 330, "CRF": 400, "Score": 478, "Size": 580, "Ceiling": 690, "Production": 740}
TRACK = (150, 252)
TONES = {"added": GOOD, "changed": ACCENT, "removed": BAD, "kept": MUTED}


def draw_rows(title: str, ladder: Sequence[Point], review: Review, duration_us: int) -> Still:
    """A row for each rung, highest first; below, what is broken and what goes from production."""
    judged, broken = review.judged, review.violations
    removed = [change for change in review.changes if change.kind == "removed"]
    named = [
        ("Rungs", str(len(ladder))),
        ("This title", words.size(judged.storage_bytes_per_hour * duration_us / 3.6e9)),
        ("Storage", f"{words.size(judged.storage_bytes_per_hour)}/h"),
    ]
    if judged.bd_rate is not None:
        named.insert(0, ("BD-rate", words.percent(judged.bd_rate)))
    lines = [*(v.message for v in broken), *(f"{c.label} ({c.detail}) goes" for c in removed)]
    said = f"{title}: " + ", ".join(f"{name} {value}" for name, value in named)
    rows = "".join(f"\n  {p.rung.label}  crf {p.rung.crf:g}  {words.rate(p.average_bps)}" for p in ladder)
    height = TOP + ROW * (len(ladder) + 1) + 22 * len(lines) + 26
    drawing = Drawing(WIDTH, height, said)
    drawing.heading(title, "rising in rate from below")
    drawing.figures(WIDTH - 28, named)
    _table(drawing, ladder, review, duration_us)
    y = TOP + ROW * (len(ladder) + 1) + 22
    for place, line in enumerate(lines):
        drawing.dot((LEFT + 5, y - 4), 4, BAD)
        drawing.text((LEFT + 18, y), line, fill=INK if place < len(broken) else MUTED)
        y += 22
    return Still("image/svg+xml", drawing.svg(), said + rows + "".join(f"\n  ! {line}" for line in lines))


def _table(drawing: Drawing, ladder: Sequence[Point], review: Review, duration_us: int) -> None:
    for name, x in COLUMNS.items():
        if name == "Production" and not review.changes:
            continue
        anchor = "start" if name in {"Rung", "Production"} else "end"
        drawing.text((x, TOP + 14), name, size=12, fill=MUTED, anchor=anchor)
    rates = [point.average_bps for point in ladder]
    across = Scale(min(rates, default=1), max(rates, default=2), *TRACK, log=True)
    for row, (at, point) in enumerate(reversed(list(enumerate(ladder)))):
        y = TOP + ROW * (row + 1)
        rung = point.rung
        drawing.line((LEFT, y - 10), (RIGHT, y - 10))
        colour = size_colour(hue(rung.width, rung.height))
        drawing.text((COLUMNS["Rung"], y + 12), rung.label, fill=colour, weight="650")
        drawing.line(
            (TRACK[0], y + 8), (TRACK[1], y + 8), stroke=LINE, stroke_width="3", stroke_linecap="round"
        )
        drawing.dot((across(point.average_bps), y + 8), 5, ACCENT)
        cells = {
            "Rate": words.rate(point.average_bps),
            "CRF": f"{rung.crf:g}",
            "Score": f"{point.score:.1f}",
            "Size": words.size(point.average_bps / 8 * duration_us / 1e6),
            "Ceiling": words.rate(rung.ceiling_bps),
        }
        wrong = any(violation.rungs[-1] == at for violation in review.violations)
        for name, value in cells.items():
            fill = BAD if wrong and name == "Score" else INK
            drawing.text((COLUMNS[name], y + 12), value, anchor="end", fill=fill)
        if at < len(review.changes):
            change = review.changes[at]
            words_on_it = "as it is" if change.kind == "kept" else change.kind
            drawing.text((COLUMNS["Production"], y + 12), words_on_it, fill=TONES[change.kind])
