"""Rungs keep the source's shape within a pixel, have even sides, and never outgrow it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.rung_sizes import BOXES, H264_BPS, LOWEST_BPS, Size, fit, h264_bps, own_box, pixels

SIDES = st.integers(1, 8192)


@pytest.mark.parametrize(
    ("source", "box", "fitted"),
    [
        ((1920, 1080), 720, (1280, 720)),
        ((1080, 1920), 720, (720, 1280)),
        ((1280, 272), 432, (768, 164)),
        ((640, 480), 360, (480, 360)),
        ((853, 481), 1080, (852, 480)),
        ((3, 3), 234, (2, 2)),
        ((1, 1), 234, (2, 2)),
        ((1920, 1080), 480, (854, 480)),
        ((7680, 4320), 2160, (3840, 2160)),
    ],
)
def test_sizes_of_known_shapes(source: Size, box: int, fitted: Size) -> None:
    assert fit(source, box) == fitted


@given(SIDES, SIDES, st.integers(2, 4320))
def test_a_size_is_even_within_the_source_and_the_box_and_of_the_sources_shape(
    width: int, height: int, box: int
) -> None:
    fitted = fit((width, height), box)
    assert all(side >= 2 and side % 2 == 0 for side in fitted)
    assert fitted[0] <= max(2, width)
    assert fitted[1] <= max(2, height)
    assert min(fitted) <= box
    assert (max(fitted) - 1) * 9 <= box * 16, "to the nearest even number: 854 for 853.3"
    if min(fitted) > 2:
        least = [Fraction(side - 2, whole) for side, whole in zip(fitted, (width, height), strict=True)]
        most = [Fraction(side + 2, whole) for side, whole in zip(fitted, (width, height), strict=True)]
        assert max(least) < min(most), "no scale gives both sides within two pixels"


@given(SIDES, SIDES)
def test_the_own_box_holds_the_source_whole_and_no_smaller_one_does(width: int, height: int) -> None:
    box = own_box((width, height))
    assert max(width, height) * 9 <= box * 16
    assert min(width, height) <= box
    assert max(width, height) * 9 > (box - 1) * 16 or min(width, height) > box - 1


def test_pictures_that_fill_a_box_cost_what_the_table_says() -> None:
    assert [int(h264_bps(pixels((box * 16 // 9, box)))) for box in BOXES] == list(H264_BPS)


@given(st.integers(1, 40_000_000), st.integers(1, 40_000_000))
def test_larger_pictures_cost_no_less(one: int, other: int) -> None:
    assert h264_bps(min(one, other)) <= h264_bps(max(one, other))
    assert h264_bps(one) >= LOWEST_BPS
