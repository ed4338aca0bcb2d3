"""Two files brought to the same terms, so that what is measured is the encode and nothing else.

Time bases, range flags, colour tags, rotation and sample aspect all move scores, by up to 21 points of VMAF,
or are silently honoured by one program and not by another. So the pictures of both sides are turned, scaled
and tagged alike by filters that are named here as values, and paired by number. Nothing is deinterlaced.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from codek7.core.errors import MediaTooBig, MediaUnreadable
from codek7.core.media import Limits
from codek7.core.tasks import Filter
from codek7.ffmpeg.safe_open import shown
from codek7.ffmpeg.sides import Side, count_decoded, read_side

TAGS = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709"}
"""What both sides are said to be, whatever they are: where two tags differ, FFmpeg converts in between."""
TURNS = {90: "clock", 270: "cclock"}
HD_LINES = 720
"""From so many lines on players take BT.709 where nothing is said, and below it BT.601."""
YUV_MATRICES = frozenset({"bt709", "smpte170m", "bt470bg", "smpte240m", "fcc", "bt2020nc"})
FORMATS = {8: "yuv420p", 10: "yuv420p10le"}


class Canvas(NamedTuple):
    """What pictures are brought to: a size, bits a sample, how many there are a second, and the matrix by
    which RGB becomes YUV."""

    width: int
    height: int
    bit_depth: int = 8
    rate: Fraction = Fraction(25)
    matrix: str = "bt709"


class Pair(NamedTuple):
    """Two sides with equally many pictures, as their packets say, and what both are brought to."""

    reference: Side
    distorted: Side
    canvas: Canvas

    @property
    def frames(self) -> int:
        """How many pictures are paired."""
        return self.reference.frames


def pair_files(reference: Path, distorted: Path, limits: Limits) -> Pair:
    """Both sides, on a canvas as large as the reference is shown. Raises `MediaError`: also where the two
    have not equally many pictures."""
    pair = _pair(read_side(reference, limits), read_side(distorted, limits), limits)
    if pair.reference.frames != pair.distorted.frames:
        if pair.reference.certain and pair.distorted.certain:
            raise unequal(pair, pair.reference.frames, pair.distorted.frames)
        recount(pair, limits)
    return pair


def recount(pair: Pair, limits: Limits) -> int:
    """How many pictures both sides have when all are decoded. Raises `MediaUnreadable` where one has more."""
    wanted, found = count_decoded(pair.reference, limits), count_decoded(pair.distorted, limits)
    if wanted != found:
        raise unequal(pair, wanted, found)
    return wanted


def check_paired(pair: Pair, paired: int, limits: Limits) -> None:
    """Raises `MediaUnreadable` where not all pictures of both sides were paired: some could not be decoded,
    and all behind those were paired wrongly."""
    if paired != pair.frames and paired != recount(pair, limits):
        raise MediaUnreadable(
            f"only {paired} of {pair.frames} pictures of {shown(pair.distorted.path)} could be paired with "
            "its reference",
            hint="one of the two is damaged; encode or remux it again",
        )


def unequal(pair: Pair, wanted: int, found: int) -> MediaUnreadable:
    """There is no right number to give: a picture that is missing shifts all pairs behind it."""
    return MediaUnreadable(
        f"{shown(pair.distorted.path)} has {found} pictures and its reference, {shown(pair.reference.path)}, "
        f"{wanted}: they cannot be paired",
        hint="measure a file made from the reference without dropping, repeating or cutting (ffmpeg: "
        "-fps_mode passthrough), or cut the reference alike",
    )


def _pair(reference: Side, distorted: Side, limits: Limits) -> Pair:
    width, height = reference.display_size
    if width * height > limits.max_pixels:
        raise MediaTooBig(
            f"{shown(reference.path)} is shown at {width}×{height}, more than the limit of "
            f"{limits.max_pixels} pixels",
            hint="raise limits.max_pixels, or measure against a smaller reference",
        )
    bits = 10 if max(reference.bit_depth, distorted.bit_depth) > 8 else 8
    matrix = next((side.colour.matrix for side in (distorted, reference) if _has_matrix(side)), "")
    matrix = matrix or ("bt709" if min(width, height) >= HD_LINES else "smpte170m")
    return Pair(reference, distorted, Canvas(width, height, bits, reference.frame_rate, matrix))


def _has_matrix(side: Side) -> bool:
    return side.colour.matrix in YUV_MATRICES and not side.rgb


def normalising(side: Side, canvas: Canvas) -> tuple[Filter, ...]:
    """The filters from a side's pictures as decoded to the canvas: each does nothing where nothing is to do.

    Its range is taken as declared; limited where it says nothing, as players do. Its matrix is not: what
    colours it has decides nothing about luma, and differing tags are named as defects.
    """
    declared = "pc" if side.colour.range == "pc" else "tv"
    turned = side.rotation in (90, 270)
    width, height = (canvas.height, canvas.width) if turned else (canvas.width, canvas.height)
    size = {"w": str(width), "h": str(height), "flags": "bicubic", "out_range": "tv"}
    if side.rgb:
        tagged: tuple[Filter, ...] = ()
        size["out_color_matrix"] = canvas.matrix
    else:
        tagged = (_step("setparams", range=declared, **TAGS),)
        size["in_range"] = declared
    return (
        *tagged,
        # Before all that touches pixels: it alone takes pictures whose size or format changes on the way.
        _step("scale", **size),
        _step("format", pix_fmts=FORMATS[canvas.bit_depth]),
        *_turning(side),
        _step("setparams", range="tv", **TAGS),
        _step("setsar", sar="1"),
        _step("settb", expr=f"{canvas.rate.denominator}/{canvas.rate.numerator}"),
        _step("setpts", expr="N"),
    )


def _turning(side: Side) -> tuple[Filter, ...]:
    flip = (_step("hflip"),) if side.mirrored else ()
    if side.rotation == 180:
        return (*flip, _step("hflip"), _step("vflip"))
    return (*flip, _step("transpose", dir=TURNS[side.rotation])) if side.rotation else flip


def _step(name: str, **options: str) -> Filter:
    return Filter(name=name, options=options)
