"""Orientation, HDR and colour, read from the records that libav gives."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.ffmpeg.facts_colour import (
    DolbyVision,
    content_light,
    dolby_vision,
    dolby_vision_printed,
    hdr_kind,
    mastering_display,
    orientation,
)

UNIT = 1 << 16


def matrix(degrees: float, *, flip: bool = False, scale: float = 1.0) -> bytes:
    """A display matrix that flips left to right, if asked, and then turns clockwise."""
    cos, sin = (scale * part(math.radians(degrees)) for part in (math.cos, math.sin))
    sign = -1 if flip else 1
    cells = (sign * cos, sign * sin, 0, -sin, cos, 0, 0, 0, 0)
    return struct.pack("=9i", *(round(cell * UNIT) for cell in cells))


@given(st.sampled_from([0, 90, 180, 270]), st.booleans(), st.floats(-40, 40), st.floats(0.5, 4))
def test_any_rotation_goes_to_the_nearest_right_angle(
    degrees: int, flip: bool, off: float, scale: float
) -> None:
    assert orientation(matrix(degrees + off, flip=flip, scale=scale)) == (degrees, flip)


@pytest.mark.parametrize(
    ("cells", "seen"),
    [
        ((1, 0, 0, -1), (180, True)),  # upside down
        ((-1, 0, 0, 1), (0, True)),  # left to right
        ((0, 1, 1, 0), (270, True)),  # along the diagonal: ffmpeg's transpose=cclock_flip
        ((0, 0, 0, 0), (0, False)),
    ],
)
def test_flips(cells: tuple[int, int, int, int], seen: tuple[int, bool]) -> None:
    a, b, c, d = (cell * UNIT for cell in cells)
    assert orientation(struct.pack("=9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)) == seen


@given(st.binary(max_size=100))
def test_no_record_is_too_strange(record: bytes) -> None:
    assert orientation(record)[0] in (0, 90, 180, 270)
    assert isinstance(mastering_display(record), str)
    assert isinstance(content_light(record), str)
    dolby_vision(record)


def test_a_mastering_display_in_the_syntax_of_x265() -> None:
    points = (34_000, 16_000, 13_250, 34_500, 7_500, 3_000, 15_635, 16_450)
    cells = [part for value in points for part in (value, 50_000)] + [50, 10_000, 10_000_000, 10_000]
    record = struct.pack("=22i", *cells, 1, 1)
    assert mastering_display(record) == (
        "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    )
    assert mastering_display(struct.pack("=22i", *cells, 1, 0)) == ""
    assert mastering_display(b"") == ""


def test_content_light() -> None:
    assert content_light(struct.pack("=2I", 1000, 400)) == "1000,400"
    assert content_light(struct.pack("=2I", 0, 0)) == ""


@pytest.mark.parametrize(
    ("transfer", "dolby", "kind"),
    [
        ("bt709", None, "none"),
        ("smpte2084", None, "hdr10"),
        ("arib-std-b67", None, "hlg"),
        ("unknown", DolbyVision(profile=5, compatibility=0), "dolby-vision"),
        ("arib-std-b67", DolbyVision(profile=8, compatibility=4), "dolby-vision"),
        ("bt709", DolbyVision(profile=9, compatibility=2), "none"),
    ],
)
def test_the_kind_of_hdr(transfer: str, dolby: DolbyVision | None, kind: str) -> None:
    assert hdr_kind(transfer, dolby) == kind


def test_dolby_vision_as_a_record_and_as_printed() -> None:
    record = bytes((1, 0, 8, 2, 1, 0, 1, 4, 0))
    assert dolby_vision(record) == DolbyVision(profile=8, compatibility=4)
    assert dolby_vision(b"") is None
    line = (
        "DOVI configuration record: version: 1.0, profile: 5, level: 2, rpu flag: 1, el flag: 0, bl flag: 1, "
        "compatibility id: 0, compression: 0"
    )
    dump = f"  Stream #0:0: Audio\n  Stream #0:1[0x1](und): Video: hevc\n    Side data:\n      {line}\n"
    assert dolby_vision_printed(dump, 1) == DolbyVision(profile=5, compatibility=0)
    assert dolby_vision_printed(dump, 0) is None
    assert str(dolby_vision_printed(dump, 1)) == "Dolby Vision 5.0"
