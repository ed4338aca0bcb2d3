"""Sizes of rungs and what they cost: a source's shape fitted into boxes of 16:9 (or 9:16), never larger than
the source, and H.264 ceilings by pixel count after the table in Apple's HLS authoring specification."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import log

BOXES = (234, 360, 432, 540, 720, 1080, 1440, 2160)
"""The short sides of the usual boxes: "720p" is whatever fits into 1280x720, or 720x1280 held upright."""
H264_BPS = (200_000, 500_000, 1_000_000, 2_000_000, 4_500_000, 7_800_000, 13_000_000, 24_000_000)
"""Ceilings of constant-quality H.264 for pictures that fill these boxes."""
LOWEST_BPS = 32_000

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


def h264_bps(count: int) -> Fraction:
    """The ceiling for a picture of so many pixels, straight in log-log between the points above."""
    points = [(box * box * 16 // 9, bps) for box, bps in zip(BOXES, H264_BPS, strict=True)]
    low, high = next((pair for pair in pairwise(points) if count <= pair[1][0]), points[-2:])
    along = log(count / low[0]) / log(high[0] / low[0])
    return Fraction(max(LOWEST_BPS, round(low[1] * (high[1] / low[1]) ** along)))


def _even_below(side: Fraction | int) -> int:
    return max(2, int(side) // 2 * 2)


def _nearest_even(side: Fraction) -> int:
    return max(2, round(side / 2) * 2)
