"""Playlists that still grow, and live ones: legal without an end, with rules of their own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from codek7.check import Fault, Report, check_presentation
from tests.check.seeds import both, edit

pytestmark = pytest.mark.media
MEDIA = ("v0", "v1", "en", "fr", "s", "i")
GROWS = both(
    *(edit(f"{name}.m3u8", "TYPE:VOD", "TYPE:EVENT") for name in MEDIA),
    *(edit(f"{name}.m3u8", "#EXT-X-ENDLIST\n", "") for name in MEDIA),
)
LIVE = both(
    *(edit(f"{name}.m3u8", "#EXT-X-PLAYLIST-TYPE:VOD\n", "") for name in MEDIA),
    *(edit(f"{name}.m3u8", "#EXT-X-ENDLIST\n", "") for name in MEDIA),
)


def _rules(report: Report) -> set[str]:
    return {fault.rule for fault in report.faults}


def test_a_preview_that_grows_is_sound(fmp4: Path) -> None:
    GROWS(fmp4)
    assert check_presentation(fmp4 / "main.m3u8").faults == ()


def test_a_preview_may_declare_its_ceilings(fmp4: Path) -> None:
    GROWS(fmp4)
    edit("main.m3u8", "STREAM-INF:BANDWIDTH=[0-9]+", "STREAM-INF:BANDWIDTH=9000000", count=2)(fmp4)
    assert check_presentation(fmp4 / "main.m3u8").faults == ()


def test_a_preview_must_not_declare_too_little(fmp4: Path) -> None:
    GROWS(fmp4)
    edit("main.m3u8", "STREAM-INF:BANDWIDTH=[0-9]+", "STREAM-INF:BANDWIDTH=100000")(fmp4)
    assert _rules(check_presentation(fmp4 / "main.m3u8")) == {"apple.1.29-live-peak"}


def test_a_preview_that_averages_more_than_it_says_is_advised_against(fmp4: Path) -> None:
    GROWS(fmp4)
    edit("main.m3u8", "AVERAGE-BANDWIDTH=[0-9]+", "AVERAGE-BANDWIDTH=100000")(fmp4)
    report = check_presentation(fmp4 / "main.m3u8")
    assert report.ok
    assert "apple.1.28-live-average" in {fault.rule for fault in report.advice}


def test_one_that_has_ended_is_measured_in_full(fmp4: Path) -> None:
    both(*(edit(f"{name}.m3u8", "TYPE:VOD", "TYPE:EVENT") for name in MEDIA))(fmp4)
    edit("main.m3u8", "STREAM-INF:BANDWIDTH=[0-9]+", "STREAM-INF:BANDWIDTH=9000000")(fmp4)
    assert _rules(check_presentation(fmp4 / "main.m3u8")) == {"apple.1.27-peak"}


def test_a_live_playlist_needs_dates_and_six_segments(fmp4: Path) -> None:
    LIVE(fmp4)
    assert _rules(check_presentation(fmp4 / "main.m3u8")) == {
        "apple.8.4-live-date-time",
        "apple.8.11-live-segments",
    }


def test_a_fault_is_one_line_of_json(fmp4: Path) -> None:
    edit("main.m3u8", "FRAME-RATE=25.000,", "")(fmp4)
    (fault,) = check_presentation(fmp4 / "main.m3u8").faults
    line = msgspec.json.encode(fault)
    assert msgspec.json.decode(line) == {
        "rule": "apple.9.15-frame-rate",
        "where": "main.m3u8:7 v0.m3u8",
        "said": "FRAME-RATE",
        "found": "none",
        "level": "must",
    }
    assert msgspec.json.decode(line, type=Fault) == fault
    assert "apple.9.15-frame-rate" in str(check_presentation(fmp4 / "main.m3u8"))
