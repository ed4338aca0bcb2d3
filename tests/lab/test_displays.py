"""How values look in a notebook."""

from __future__ import annotations

from codek7.check import Report
from codek7.check.report import Fault
from codek7.core.assets import Verdict
from codek7.core.measurement import Measurement
from codek7.lab.displays import DISPLAYS, TOGETHER

ALLOWED = Verdict(moderator="one@1", decision="allow")
HELD = Verdict(moderator="two@1", decision="review", reason="<script>alert(1)</script>")


def test_values_of_one_kind_are_one_table() -> None:
    shown = TOGETHER[tuple]((ALLOWED, HELD))
    assert shown is not None
    assert shown.count("<table>") == 1
    assert "one@1" in shown
    assert "two@1" in shown
    assert "<script>" not in shown


def test_of_other_values_nothing_is_made() -> None:
    assert TOGETHER[tuple]((ALLOWED, 1)) is None
    assert TOGETHER[tuple](()) is None
    assert TOGETHER[dict]({}) is None
    assert TOGETHER[dict]({"video-0": 1}) is None


def test_measurements_by_name_are_one_table() -> None:
    measured = Measurement(metric="vmaf", model="vmaf_v0.6.1", meter="me@1", per_frame=(80.0, 90.0))
    shown = TOGETHER[dict]({"video-0": measured, "video-1": measured})
    assert shown is not None
    assert shown.count("85.0") == 2
    assert "video-1" in shown


def test_a_report_shows_faults_before_advice() -> None:
    advice = Fault(rule="apple.1-x", where="main.m3u8", said="said", found="found", level="should")
    fault = Fault(rule="rfc8216bis.1-y", where="main.m3u8:3", said="said", found="found", level="must")
    shown = DISPLAYS[Report](Report(faults=(fault,), advice=(advice,), playlists=1, segments=2))
    assert "1 playlists and 2 segments read: 1 faults" in shown
    assert shown.index("rfc8216bis.1-y") < shown.index("apple.1-x")
