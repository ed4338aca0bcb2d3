"""Colours of the views' pictures: a hue for each size, the same in every view, and a page's few inks."""

from __future__ import annotations

from math import cos, log2, radians, sin

LOWEST, HIGHEST = 144, 2160
"""Lines of the sizes at the two ends of the colours; what lies beyond takes the end's."""
FIRST_HUE, LAST_HUE = 275, -40
"""From violet through blue, green and orange to magenta, so that neighbouring sizes differ clearly."""

PAPER, RAISED, LINE, INK, MUTED, ACCENT = "#fbf9f5", "#ffffff", "#e2dcd3", "#241c16", "#6b6055", "#b5470b"
GOOD, BAD = "#116b3f", "#b3201f"


def hue(width: int, height: int) -> int:
    """The OKLCH hue of a size, in degrees, by the logarithm of its shorter side."""
    lines = min(max(min(width, height), LOWEST), HIGHEST)
    share = log2(lines / LOWEST) / log2(HIGHEST / LOWEST)
    return round(FIRST_HUE + (LAST_HUE - FIRST_HUE) * share) % 360


def size_colour(hue: int, *, lightness: float = 0.56, chroma: float = 0.145) -> str:
    """OKLCH as `#rrggbb`, clipped to what sRGB has (matrices: Björn Ottosson, "A perceptual color space")."""
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{_byte(part):02x}" for part in linear)


def _byte(linear: float) -> int:
    part = min(max(linear, 0.0), 1.0)
    return round(255 * (12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055))
