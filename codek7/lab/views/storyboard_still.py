"""A storyboard as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from codek7.lab.views import words
from codek7.lab.views.colours import ACCENT, INK, LINE, MUTED, PAPER
from codek7.lab.views.pictures import jpeg, opened, words_on
from codek7.lab.views.view import Still

if TYPE_CHECKING:
    from PIL.Image import Image

    from codek7.lab.views.storyboard import Shot

MOST_SHOTS, COLUMNS = 24, 4
TILE = (216, 122)
MARGIN, GAP, CAPTION, HEAD = 24, 14, 34, 62


def contact_sheet(title: str, shots: Sequence[Shot], picture: Callable[[int, int], bytes]) -> Still:
    """At most `MOST_SHOTS` of the shots, each with its time, its rate and a bar for its complexity."""
    from PIL import Image

    step = max(1, -(-len(shots) // MOST_SHOTS))
    shown = range(0, len(shots), step)
    rows = max(1, -(-len(shown) // COLUMNS))
    columns = min(COLUMNS, max(2, len(shown)))
    width = 2 * MARGIN + columns * (TILE[0] + GAP) - GAP
    height = HEAD + rows * (TILE[1] + CAPTION + GAP) + MARGIN - GAP
    sheet = Image.new("RGB", (width, height), PAPER)
    words_on(sheet, (MARGIN, 22), title, size=20, fill=INK, anchor="lt")
    count = f"{len(shots)} shot{'s' * (len(shots) != 1)}" + (f", every {step}th" if step > 1 else "")
    words_on(sheet, (width - MARGIN, 26), count, size=14, fill=MUTED, anchor="rt")
    most = max((shot.complexity for shot in shots), default=0.0) or 1.0
    for place, at in enumerate(shown):
        row, column = divmod(place, columns)
        corner = MARGIN + column * (TILE[0] + GAP), HEAD + row * (TILE[1] + CAPTION + GAP)
        _tile(sheet, corner, shots[at], picture(at, TILE[1] * 2), shots[at].complexity / most)
    said = f"{title}: {count}" + "".join(
        f"\n  {words.clock(shot.start_us)}  {words.rate(shot.average_bps)}" for shot in shots[::step]
    )
    return Still("image/jpeg", jpeg(sheet, 88), said)


def _tile(sheet: Image, corner: tuple[int, int], shot: Shot, file: bytes, share: float) -> None:
    from PIL import ImageDraw, ImageOps

    x, y = corner
    width, height = TILE
    draw = ImageDraw.Draw(sheet)
    if file:
        sheet.paste(ImageOps.pad(opened(file), TILE, color="#000000"), corner)
    else:
        draw.rectangle([x, y, x + width - 1, y + height - 1], fill=LINE)
    draw.rectangle([x, y + height + 3, x + width - 1, y + height + 6], fill=LINE)
    if share > 0:
        draw.rectangle([x, y + height + 3, x + max(2, round(width * share)) - 1, y + height + 6], fill=ACCENT)
    below = y + height + 13
    words_on(sheet, (x, below), words.clock(shot.start_us), size=13, fill=INK, anchor="lt")
    if shot.average_bps:
        rate = words.rate(shot.average_bps)
        words_on(sheet, (x + width, below), rate, size=13, fill=MUTED, anchor="rt")
