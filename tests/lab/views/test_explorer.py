"""The rate-quality explorer without a browser: its picture, what it is asked, and what it tells."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec.structs import replace

from codek7.core.measurement import Metric
from codek7.core.study import Curve, PairedFrames, Point
from codek7.lab.views.explorer import RDExplorer
from codek7.lab.views.judged import Judged
from tests.lab.views.conftest import FrontEnd
from tests.lab.views.made import METRIC, curves, front, ladder, point, rival

SVG = "{http://www.w3.org/2000/svg}"


def explorer(**more: Any) -> RDExplorer:
    return RDExplorer(curves(), front(), ladder(), metric=METRIC, **more)


def drawn(view: RDExplorer) -> ElementTree.Element:
    shown = view._repr_mimebundle_()
    assert shown is not None
    assert {"application/vnd.jupyter.widget-view+json", "text/plain"} < shown[0].keys()
    return ElementTree.fromstring(shown[0]["image/svg+xml"])


def words(picture: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def test_its_picture_says_what_the_view_says() -> None:
    view = explorer(rival=rival(), judge=lambda _: Judged(bd_rate=-21.43, storage_bytes_per_hour=3 * 10**9))
    picture = drawn(view)
    assert {"−21.4 %", "3.00 GB/h", str(len(ladder())), "VMAF (vmaf_v0.6.1)"} <= set(words(picture))
    assert {"h264 1080p", "hevc 720p"} <= set(words(picture))
    assert len(picture.findall(f"{SVG}path")) == len(curves()) + 2  # the front and the rival too
    said = view.still().words
    assert all(f"{each.score:.2f}" in said for each in ladder())


def test_its_picture_is_well_formed_whatever_it_is_called() -> None:
    name = '<script>alert(1)</script> & "\x00\x1b\ud800'
    assert '<script>alert(1)</script> & "' in words(drawn(explorer(title=name)))
    view = RDExplorer((), (), (), metric=Metric(name="cambi"), title="")
    assert "Rungs" in words(drawn(view))


def test_each_codec_has_a_front_of_its_own() -> None:
    """Drawn as one line, it would go up and down between them."""
    others = tuple(replace(each, rung=replace(each.rung, codec="av1")) for each in front())
    view = RDExplorer(curves(), (*front(), *others), ladder(), metric=METRIC)
    assert len(drawn(view).findall(f"{SVG}path[@opacity='0.12']")) == 2


def test_the_ladder_is_what_the_browser_picks() -> None:
    view = explorer()
    assert view.chosen == ladder()
    heard: list[tuple[Point, ...]] = []
    view.observe(lambda change: heard.append(change["new"]), "chosen")
    front_end = FrontEnd()
    front_end.tell(view, _picked=[40, 3])
    assert view.chosen == (front()[3], front()[40])
    assert heard == [view.chosen]
    assert view.judged.storage_bytes_per_hour == sum(p.average_bps for p in view.chosen) * 450
    for nonsense in ([len(front())], [1, 1], [-1], "all"):
        front_end.tell(view, _picked=nonsense)
        assert view.chosen == (front()[3], front()[40])


def test_a_rung_beside_the_front_is_kept_as_it_is() -> None:
    beside = point(1280, 720, 44.0)
    view = RDExplorer(curves(), front(), [*ladder(), beside], metric=METRIC)
    assert beside in view.chosen
    assert len(view.chosen) == len(ladder()) + 1


def test_it_judges_what_is_asked(front_end: FrontEnd) -> None:
    asked: list[Any] = []

    def judge(points: Any) -> Judged:
        asked.append(points)
        return Judged(bd_rate=None, storage_bytes_per_hour=7)

    view = explorer(judge=judge)
    answer = front_end.ask(view, "judge", picked=[5, 2])
    assert answer.content["value"] == {"storage_bytes_per_hour": 7, "bd_rate": None, "cpu_s_per_hour": 0.0}
    assert asked == [(front()[2], front()[5])]


def test_it_shows_frames_of_a_trial(front_end: FrontEnd) -> None:
    asked: list[tuple[Point, int]] = []

    def frames(trial: Point, number: int) -> PairedFrames:
        asked.append((trial, number))
        return PairedFrames(number, b"one", b"two", 91.5)

    view = explorer(frames=frames, frame_count=9)
    answer = front_end.ask(view, "frames", tried=11, number=4)
    assert answer.content["value"] == {"number": 4, "score": 91.5}
    assert answer.buffers == [b"one", b"two"]
    assert asked == [(curves()[1].points[1], 4)]


@pytest.mark.parametrize(
    ("name", "what", "says"),
    [
        ("judge", {"picked": [10**6]}, "IndexError"),
        ("judge", {"picked": "all"}, "Expected `array`"),
        ("frames", {"tried": 0, "number": 0}, "nobody said how to get frames"),
        ("format", {}, "Invalid value 'format'"),
    ],
)
def test_what_cannot_be_answered_is_said(front_end: FrontEnd, name: str, what: Any, says: str) -> None:
    answer = front_end.ask(explorer(), name, **what)
    assert says in answer.content["failed"]
    assert "value" not in answer.content


def test_curves_of_ten_thousand_points_stay_a_picture() -> None:
    many = tuple(point(1280, 720, 18 + at / 400) for at in range(10_000))
    curve = Curve(codec="h264", width=1280, height=720, points=many[::-1])
    view = RDExplorer([curve], front(), ladder(), metric=METRIC)
    assert len(view.still().body) < 400_000
