"""Sizes of rungs: a source's shape fitted into boxes of 16:9 (or 9:16), never larger than the source."""

from __future__ import annotations

from fractions import Fraction

BOXES = (234, 360, 432, 540, 720, 1080, 1440, 2160)
"""The short sides of the usual boxes: "720p" is whatever fits into 1280x720, or 720x1280 held upright."""

Size = tuple[int, int]


def fit(source: Size, box: int) -> Size:
    """The largest even-sided size of the source's shape within the box and the source.

    The side that meets the box is exact, the other is the nearest even number; a side is at least 2, the one
    place where something may grow: a source 1 pixel wide.
    """
    long, short = max(source), min(source)
    scale = min(Fraction(1), Fraction(box, short), Fraction(box * 16, 9 * long))
    if scale == 1:
        fitted = _even_below(long), _even_below(short)
    elif long * 9 > short * 16:
        wide = _even_below(long * scale)
        fitted = wide, min(_nearest_even(Fraction(wide * short, long)), _even_below(short))
    else:
        low = _even_below(short * scale)
        fitted = min(_nearest_even(Fraction(low * long, short)), _even_below(long)), low
    return fitted if source[0] >= source[1] else (fitted[1], fitted[0])


def own_box(source: Size) -> int:
    """The smallest box that holds the source whole."""
    long, short = max(source), min(source)
    return max(short, -(-long * 9 // 16))


def pixels(size: Size) -> int:
    """How many there are."""
    return size[0] * size[1]


def _even_below(side: Fraction | int) -> int:
    return max(2, int(side) // 2 * 2)


def _nearest_even(side: Fraction) -> int:
    return max(2, round(side / 2) * 2)
