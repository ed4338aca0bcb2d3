"""Segmented WebVTT, read back by a strict parser of its own."""

from __future__ import annotations

import html
import re
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.records import TextCue, TextRendition
from codek7.core.webvtt import LONGEST_CUE, payload, segments, whole

HEADER = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0"
CLOCK = r"([0-9]{2,}):([0-5][0-9]):([0-5][0-9])\.([0-9]{3})"
TIMING = re.compile(f"{CLOCK} --> {CLOCK}")
SIX = [Fraction(6 * n) for n in range(4)]


class Cue(NamedTuple):
    start_ms: int
    end_ms: int
    text: str


def parse(file: bytes, header: str = HEADER) -> list[Cue]:
    """Nothing that the grammar of WebVTT does not allow passes, and no tag or setting does."""
    text = file.decode("utf-8")
    assert text.endswith("\n")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    top, *blocks = text.rstrip("\n").split("\n\n")
    assert top == header
    return [_cue(block) for block in blocks if block]


def _cue(block: str) -> Cue:
    first, *lines = block.split("\n")
    match = TIMING.fullmatch(first)
    assert match, first
    assert lines
    assert all(lines)
    assert "-->" not in "".join(lines)
    raw = "\n".join(lines)
    assert not re.search(r"[<>]|&(?!(amp|lt|gt);)", raw)
    parts = [int(part) for part in match.groups()]
    start, end = (((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (parts[:4], parts[4:]))
    assert start < end
    return Cue(start, end, html.unescape(raw))


def rendition(*cues: TextCue) -> TextRendition:
    return TextRendition(name="text-en", language="en", title="English", cues=cues)


def cue(start_s: float, end_s: float, text: str) -> TextCue:
    return TextCue(start_us=round(start_s * 1_000_000), end_us=round(end_s * 1_000_000), text=text)


def test_a_cue_across_a_boundary_is_whole_on_both_sides() -> None:
    first, second, third = segments(rendition(cue(5.5, 6.5, "Hello\nyou")), SIX)
    assert parse(first) == parse(second) == [Cue(5500, 6500, "Hello\nyou")]
    assert parse(third) == []
    assert third.decode() == f"{HEADER}\n"


def test_a_cue_that_ends_where_a_segment_starts_is_not_in_it() -> None:
    files = segments(rendition(cue(0, 6, "a"), cue(6, 12, "b")), SIX)
    assert [[each.text for each in parse(file)] for file in files] == [["a"], ["b"], []]


def test_cues_outside_are_cut_or_left_out() -> None:
    files = segments(
        rendition(cue(-2, 1, "in"), cue(-2, 0, "before"), cue(17, 99, "end"), cue(18, 19, "after")), SIX
    )
    assert [parse(file) for file in files] == [[Cue(0, 1000, "in")], [], [Cue(17_000, 99_000, "end")]]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a --> b & &lt;", "a --> b & &lt;"),
        ("\n\n a \r\n\r\n\tb \x00\x1b[31m\n", "a\nb [31m"),
        (
            "WEBVTT\n\nNOTE x\n\n00:00:00.000 --> 00:00:09.000\nx",
            "WEBVTT\nNOTE x\n00:00:00.000 --> 00:00:09.000\nx",
        ),
        ("a\u2028b\ud800c\ufffe", "a\nbc"),
        ("\u202b\u05d0\u05d1\u202c", "\u202b\u05d0\u05d1\u202c"),
    ],
)
def test_hostile_text_stays_text(text: str, plain: str) -> None:
    assert [each.text for each in parse(segments(rendition(cue(0, 1, text)), SIX)[0])] == [plain]


def test_long_texts_are_cut() -> None:
    assert len(payload("x" * 10_000)) == LONGEST_CUE


cues = st.builds(
    TextCue,
    start_us=st.integers(-5_000_000, 30_000_000),
    end_us=st.integers(-5_000_000, 30_000_000),
    text=st.text(max_size=60)
    | st.sampled_from(["-->", "\n\n", "<i>", "&amp;", "a\n\n1\n00:00 --> 00:01\nb"]),
)
steps = st.lists(st.fractions(Fraction(1, 10), 8, max_denominator=1001), min_size=1, max_size=6)


@given(st.lists(cues, max_size=20), steps)
def test_every_segment_holds_exactly_the_cues_that_show_in_it(
    given_cues: list[TextCue], steps: list[Fraction]
) -> None:
    cuts = [sum(steps[:n], Fraction(0)) for n in range(len(steps) + 1)]
    edges = [round(cut * 1000) for cut in cuts]
    shown = {
        (
            max(0, c.start_us // 1000),
            max(1, c.start_us // 1000 + 1, c.end_us // 1000),
            html.unescape(payload(c.text)),
        )
        for c in given_cues
        if c.end_us > max(0, c.start_us) and payload(c.text)
    }
    files = segments(rendition(*given_cues), cuts)
    assert len(files) == len(steps)
    for file, (start, end) in zip(files, pairwise(edges), strict=True):
        held = parse(file)
        assert {tuple(each) for each in held} == {c for c in shown if c[0] < end and c[1] > start}
        assert held == sorted(held, key=lambda each: each.start_ms)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10**6), st.text(min_size=1)), max_size=8))
def test_a_file_of_its_own_holds_all_cues_in_order(given_cues: list[tuple[int, int, str]]) -> None:
    file = whole(
        TextCue(start_us=ms * 1000, end_us=(ms + length) * 1000, text=f"{text}.")
        for ms, length, text in given_cues
    )
    held = parse(file, "WEBVTT")
    assert [(each.start_ms, each.end_ms - each.start_ms) for each in held] == [
        each[:2] for each in given_cues
    ]
