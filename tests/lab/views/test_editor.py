"""The ladder editor without a browser: its ladder, what is said of it, and its picture."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import msgspec

from codek7.core.ladder import Ladder, Policy, Tuning
from codek7.lab.views.editor import LadderEditor
from codek7.lab.views.judged import Judged
from codek7.lab.views.review import changes, violations
from tests.lab.views.conftest import FrontEnd
from tests.lab.views.made import METRIC, SIZES, front, ladder, point, rival

POLICY = Policy(name="small", max_rungs=5, max_bps=6_000_000, min_height=300, max_height=720)


def editor(policy: Policy = POLICY, **more: Any) -> LadderEditor:
    return LadderEditor(front(), ladder(), policy, metric=METRIC, duration_us=60_000_000, **more)


def test_it_gives_a_ladder_that_can_be_served(front_end: FrontEnd) -> None:
    view = editor()
    assert [rung.height for rung in view.ladder.rungs] == sorted(p.rung.height for p in ladder())
    assert (view.ladder.audio, view.ladder.segment_us) == (POLICY.audio, POLICY.segment_us)
    assert view.ladder.planner.startswith("lab@")
    front_end.tell(view, _picked=[3, 90], _locked=[90, 7])
    assert [rung.crf for rung in view.ladder.rungs] == [front()[3].rung.crf, front()[90].rung.crf]
    assert view.locked == (front()[90],)  # a place that no rung has is locked for nobody
    front_end.tell(view, _locked=[10**9])
    assert view.locked == (front()[90],)


def test_what_breaks_the_policy_is_named(front_end: FrontEnd) -> None:
    answer = front_end.ask(editor(), "review", picked=[*range(0, len(front()), 25), 198])
    found = {each["rule"]: each for each in answer.content["value"]["violations"]}
    assert {"most rungs", "cap", "lowest size", "highest size", "distance"} <= found.keys()
    assert "the policy allows 5" in found["most rungs"]["message"]
    assert found["most rungs"]["rungs"] == (5, 6, 7, 8)
    assert "above the cap of 6.00 Mb/s" in found["cap"]["message"]


def test_neighbours_of_one_codec_keep_their_distance() -> None:
    low, high = point(*SIZES[3], 30), point(*SIZES[3], 29)
    wide = Policy(name="wide", codecs=("h264", "hevc"), tuning=Tuning(step_ratio=1.0))
    [close] = violations([low, high], wide, 6.0)
    assert (close.rule, close.rungs) == ("distance", (0, 1))
    assert violations([low, high], wide, 0.1) == ()
    assert violations([low, point(*SIZES[3], 29, "hevc")], wide, 6.0) == ()
    dear = msgspec.structs.replace(high, average_bps=round(low.average_bps * 1.2))
    [close] = violations([low, dear], msgspec.structs.replace(wide, tuning=Tuning()), 0.1)
    assert (close.rule, close.rungs) == ("ratio", (0, 1))
    assert close.message.endswith("are 1.20 times apart in rate, less than 1.5")
    [codec] = violations([point(*SIZES[3], 29, "hevc")], Policy(name="avc"), 6.0)
    assert codec.rule == "codec"


def test_what_changes_in_production() -> None:
    _, points = rival()
    rungs = [each.rung for each in points]
    other = msgspec.structs.replace(rungs[2], crf=20)
    now = [rungs[0], rungs[1], other, *rungs[4:], point(*SIZES[3], 18, "hevc").rung]
    found = changes(Ladder(rungs=tuple(rungs)), now)
    kinds = ["kept", "kept", "changed", "kept", "kept", "added", "removed"]
    assert [each.kind for each in found] == kinds
    assert found[2].detail.startswith("CRF 29 up to ")
    assert "→ CRF 20" in found[2].detail
    assert found[-1].label == rungs[3].label


def test_its_picture_names_rungs_costs_and_troubles() -> None:
    view = editor(
        production=Ladder(rungs=(rival()[1][0].rung,)),
        judge=lambda _: Judged(bd_rate=4.0, storage_bytes_per_hour=6 * 10**9),
    )
    still = view.still()
    picture = ElementTree.fromstring(still.body)
    said = {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"h264 1080p", "+4.0 %", "6.00 GB/h", "100.0 MB", "added"} <= said
    assert "8 rungs, and the policy allows 5" in still.words
    assert view.review.judged.bd_rate == 4.0
    assert view.review.changes[-1].kind in {"changed", "removed", "added"}
