"""Ladders: their laws, their hash, and how one made elsewhere is fitted to a source."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.errors import LadderInvalid
from codek7.core.ladder import AudioRung, Ladder, Rung, Tuning
from codek7.core.ladder_fit import fit_ladder
from codek7.core.media import VideoTrack


def track(width: int = 1920, height: int = 1080, **facts: Any) -> VideoTrack:
    return VideoTrack(
        index=0, codec="h264", width=width, height=height, frame_rate=Fraction(25),
        time_base=Fraction(1, 90_000), start_pts=0, frames=100, duration_us=4_000_000, **facts,
    )  # fmt: skip


def rung(width: int = 1280, height: int = 720, **more: Any) -> Rung:
    return Rung(**{"width": width, "height": height, "crf": 23, "ceiling_bps": 3_000_000, **more})


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 641}, {"height": 0}, {"ceiling_bps": 10}, {"crf": 64}, {"threads": 0},
        {"dynamic_range": "hdr10"}, {"dynamic_range": "hlg", "codec": "hevc"},
    ],
)  # fmt: skip
def test_impossible_rungs_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LadderInvalid):
        rung(**wrong)


def test_impossible_ladders_are_refused() -> None:
    for wrong in (
        {"rungs": (rung(), rung())}, {"audio": ()}, {"idr_us": 7_000_000}, {"segment_us": 61_000_000}
    ):  # fmt: skip
        with pytest.raises(LadderInvalid):
            Ladder(**wrong)


def test_the_hash_is_of_what_changes_bytes() -> None:
    ladder = Ladder(rungs=(rung(),), planner="a@1")
    assert ladder.hash == Ladder(rungs=(rung(),), planner="b@2").hash
    assert ladder.hash != Ladder(rungs=(rung(crf=24),)).hash
    assert ladder.hash != Ladder(rungs=(rung(),), segment_us=4_000_000).hash
    assert ladder.hash != Ladder(rungs=(rung(),), audio=(AudioRung(bitrate_bps=96_000),)).hash


@pytest.mark.parametrize(
    ("source", "wanted", "divisor"),
    [
        ("60", "30", 2),
        ("60000/1001", "30", 2),
        ("30", "30", 1),
        ("240", "60", 4),
        ("50", None, 1),
        ("25", "24", 2),
    ],
)
def test_frame_rates_are_divided_exactly(source: str, wanted: str | None, divisor: int) -> None:
    asked = rung(frame_rate=Fraction(wanted) if wanted else None)
    assert asked.divisor(Fraction(source)) == divisor


def test_a_ladder_that_fits_is_served_unchanged() -> None:
    ladder = Ladder(rungs=(rung(640, 360), rung(), rung(1920, 1080)))
    fitted, dropped = fit_ladder(ladder, track())
    assert fitted.hash == ladder.hash
    assert dropped == ()


def test_rungs_above_the_source_are_left_out() -> None:
    fitted, dropped = fit_ladder(Ladder(rungs=(rung(640, 360), rung())), track(640, 360))
    assert [r.height for r in fitted.rungs] == [360]
    assert dropped[0][0] == "h264 720p"


def test_hdr_rungs_need_an_hdr_source() -> None:
    hdr = rung(codec="hevc", bit_depth=10, dynamic_range="hdr10")
    assert fit_ladder(Ladder(rungs=(hdr,)), track())[0].rungs == ()
    assert fit_ladder(Ladder(rungs=(hdr,)), track(hdr="hdr10"))[0].rungs == (hdr,)


@given(st.integers(2, 4000), st.integers(2, 4000))
def test_a_fitted_rung_has_the_sources_shape_and_is_no_larger(width: int, height: int) -> None:
    boxes = (rung(320, 180, crf=22), rung(640, 360), rung(1920, 1080))
    fitted, _ = fit_ladder(Ladder(rungs=boxes), track(width, height))
    for each in fitted.rungs:
        assert each.width <= width + width % 2
        assert each.height <= height + height % 2
        wide, high = Fraction(each.width, width), Fraction(each.height, height)
        assert abs(wide - high) * max(width, height) <= 2 * max(1, max(width, height) / min(width, height))


@pytest.mark.parametrize(
    "wrong",
    [
        {"budget": 2},
        {"sample_s": 0},
        {"verify_s": -1},
        {"step_score": -1.0},
        {"step_score": float("nan")},
        {"step_ratio": 0.9},
        {"step_ratio": float("nan")},
        {"top_score": -5.0},
        {"top_score": float("inf")},
        {"lowest_bps": -1},
        {"min_top_size": -1},
    ],
)
def test_a_tuning_that_leads_nowhere_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(LadderInvalid, match=next(iter(wrong))):
        Tuning(**wrong)
