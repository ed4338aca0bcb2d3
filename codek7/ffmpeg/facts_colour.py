"""Colour, HDR and orientation, as streams and their frames describe them."""

from __future__ import annotations

import math
import re
import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from codek7.core.media import Colour, Hdr

if TYPE_CHECKING:
    from collections.abc import Mapping

# ITU-T H.273 numbers, with the names that FFmpeg's options take.
PRIMARIES = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020",
    10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213",
}  # fmt: skip
TRANSFERS = {
    1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "linear", 9: "log100",
    10: "log316", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12",
    16: "smpte2084", 17: "smpte428", 18: "arib-std-b67",
}  # fmt: skip
MATRICES = {
    0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco", 9: "bt2020nc",
    10: "bt2020c", 11: "smpte2085", 12: "chroma-derived-nc", 13: "chroma-derived-c", 14: "ictcp",
}  # fmt: skip
RANGES: dict[int, Literal["tv", "pc"]] = {1: "tv", 2: "pc"}

CHROMATICITY_UNITS = 50_000
LUMINANCE_UNITS = 10_000
SDR_COMPATIBLE = 2
"""Dolby Vision's base layer compatibility id for a base layer that is plain SDR."""


class DolbyVision(msgspec.Struct, frozen=True, kw_only=True):
    """A Dolby Vision configuration record; with `compatibility` 0 the base layer alone cannot be watched."""

    profile: int
    compatibility: int

    def __str__(self) -> str:
        return f"Dolby Vision {self.profile}.{self.compatibility}"


def colour(described: Any, side: Mapping[str, bytes], full_range: bool) -> Colour:
    """From whatever has `color_range` and the like (a codec context or a frame), and frame side data."""
    return Colour(
        range="pc" if full_range else RANGES.get(int(described.color_range), "unknown"),
        primaries=PRIMARIES.get(int(described.color_primaries), "unknown"),
        transfer=TRANSFERS.get(int(described.color_trc), "unknown"),
        matrix=MATRICES.get(int(described.colorspace), "unknown"),
        mastering_display=mastering_display(side.get("MASTERING_DISPLAY_METADATA", b"")),
        content_light=content_light(side.get("CONTENT_LIGHT_LEVEL", b"")),
    )


def hdr_kind(transfer: str, dolby: DolbyVision | None) -> Hdr:
    """Dolby Vision over an SDR base layer is SDR to everyone who decodes the base layer, as we do."""
    if dolby is not None and dolby.compatibility != SDR_COMPATIBLE:
        return "dolby-vision"
    kinds: dict[str, Hdr] = {"smpte2084": "hdr10", "arib-std-b67": "hlg"}
    return kinds.get(transfer, "none")


def mastering_display(record: bytes) -> str:
    """AVMasteringDisplayMetadata as x265's `master-display` wants it; "" where it is absent or incomplete."""
    if len(record) < 88:
        return ""
    numbers = struct.unpack("=22i", record[:88])
    if not (numbers[20] and numbers[21]) or not all(numbers[1:20:2]):
        return ""
    ratios = [Fraction(numbers[n], numbers[n + 1]) for n in range(0, 20, 2)]
    red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y = (
        round(ratio * CHROMATICITY_UNITS) for ratio in ratios[:8]
    )
    low, high = (round(ratio * LUMINANCE_UNITS) for ratio in ratios[8:])
    points = f"G({green_x},{green_y})B({blue_x},{blue_y})R({red_x},{red_y})WP({white_x},{white_y})"
    return f"{points}L({high},{low})"


def content_light(record: bytes) -> str:
    """AVContentLightMetadata as "MaxCLL,MaxFALL"; "" where it is absent or says nothing."""
    if len(record) < 8:
        return ""
    brightest, average = struct.unpack("=2I", record[:8])
    return f"{brightest},{average}" if brightest or average else ""


def dolby_vision(record: bytes) -> DolbyVision | None:
    """From AVDOVIDecoderConfigurationRecord: version (2), profile, level, rpu, el, bl, compatibility id."""
    return DolbyVision(profile=record[2], compatibility=record[7]) if len(record) >= 8 else None


def dolby_vision_printed(dump: str, index: int) -> DolbyVision | None:
    """The same from libavformat's description of a whole file, where PyAV gives no record (18)."""
    sections = re.split(r"^  Stream #0:(\d+)", dump, flags=re.MULTILINE)
    for number, section in zip(sections[1::2], sections[2::2], strict=True):
        found = re.search(
            r"^      DOVI configuration record:.* profile: (\d+),.* compatibility id: (\d+)",
            section,
            re.MULTILINE,
        )
        if int(number) == index and found:
            return DolbyVision(profile=int(found[1]), compatibility=int(found[2]))
    return None


def orientation(matrix: bytes) -> tuple[int, bool]:
    """(degrees clockwise to the nearest right angle, flipped left to right before that) of a display matrix.

    The matrix (ISO/IEC 14496-12, 8.2.2) maps a point (x, y), y downwards, to (a·x + c·y, b·x + d·y);
    its numbers are a, b, u, c, d, v, x, y, w. A flip before the rotation only changes the signs of a and b.
    """
    if len(matrix) < 36:
        return 0, False
    a, b, _, c, d, *_ = struct.unpack("=9i", matrix[:36])
    if a * d == b * c:
        return 0, False
    degrees = math.degrees(math.atan2(-c, d))
    return round(degrees / 90) * 90 % 360, a * d < b * c
