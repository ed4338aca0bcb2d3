"""The timeline without a browser: what is selected, what is asked for it, and its picture."""

from __future__ import annotations

from array import array
from fractions import Fraction
from xml.etree import ElementTree

import pytest

from codek7.core.errors import UsageError
from codek7.lab.views.timeline import FrameSeries, Timeline
from tests.lab.views.conftest import FrontEnd
from tests.lab.views.made import series


def test_a_selection_is_frames_rows_and_sql(front_end: FrontEnd) -> None:
    view = Timeline(
        series(), query=lambda first, last: [(first, last)], statement="SELECT … BETWEEN $first AND $last"
    )
    assert (view.selected, view.rows) == ((), [(0, 479)])
    heard: list[object] = []
    view.observe(lambda change: heard.append(change["new"]), "selected")
    front_end.tell(view, _selected=[100, 250])
    assert view.selected == (100, 250)
    assert heard == [(100, 250)]
    assert view.rows == [(100, 250)]
    assert view.sql == "SELECT … BETWEEN 100 AND 250"
    for nonsense in ([250, 100], [0, 480], [-1, 3], [1], ["0; DROP", 2]):
        front_end.tell(view, _selected=nonsense)
        assert view.selected == (100, 250)
    front_end.tell(view, _selected=[])
    assert view.sql == "SELECT … BETWEEN 0 AND 479"
    view.select(5, 5)
    assert view.selected == (5, 5)


def test_without_a_query_it_says_so() -> None:
    with pytest.raises(UsageError, match="nobody said how"):
        _ = Timeline(series()).rows


def test_a_series_is_of_one_length() -> None:
    good = series()
    for bad in (
        {"types": good.types[1:]},
        {"types": "X" * good.frames},
        {"every": 0},
        {"scores": (1.0,) * (good.frames + 1)},
    ):
        with pytest.raises(UsageError):
            FrameSeries(**{name: getattr(good, name) for name in good.__struct_fields__} | bad)


def test_scores_of_every_nth_frame() -> None:
    some = FrameSeries(
        sizes=(125,) * 10, types="I" + "P" * 9, frame_rate=Fraction(10), scores=(1.0, 2.0, 3.0, 4.0), every=3
    )
    assert some.scores_of(0, 9) == (1.0, 2.0, 3.0, 4.0)
    assert some.scores_of(1, 8) == (2.0, 3.0)
    assert some.scores_of(4, 5) == ()
    assert some.bps(2, 4) == 10_000


def test_its_picture_says_what_the_numbers_are() -> None:
    view = Timeline(series(), title="A & B")
    view.select(24, 47)
    still = view.still()
    picture = ElementTree.fromstring(still.body)
    said = {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"A & B", "VMAF", "lowest", "0:10", "I", "P", "B"} <= said
    assert "480 frames, 4 shots, 24 to 47 selected" in still.words
    assert array("I", view._sizes).tolist() == list(series().sizes)


def test_a_long_film_is_no_large_picture() -> None:
    frames = 170_000
    film = FrameSeries(
        sizes=(900,) * frames, types="P" * frames, frame_rate=Fraction(24), scores=(90.0,) * frames
    )
    assert len(Timeline(film).still().body) < 200_000
    nothing = FrameSeries(sizes=(), types="", frame_rate=Fraction(24))
    assert "0 frames" in Timeline(nothing).still().words


def test_a_short_clip_has_times_that_differ() -> None:
    clip = FrameSeries(sizes=(900,) * 48, types="P" * 48, frame_rate=Fraction(24))
    picture = ElementTree.fromstring(Timeline(clip).still().body)
    times = [text.text or "" for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    times = [text for text in times if text.endswith(" s")]
    assert {"0.5 s", "1.5 s"} <= set(times)
    assert len(times) == len(set(times))
