"""ASS events as plain text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.ass import event_text, plain_text


@pytest.mark.parametrize(
    ("event", "shown"),
    [
        (r"{\i1}Hello{\i0} {\b1}world{\r}\Nsecond\hline", "Hello world\nsecond line"),
        (r"one\ntwo", "one two"),
        (r"{\an8\pos(10,20)\p1}m 0 0 l 9 9{\p0}text", "text"),
        (r"{\p1}m 0 0 l 9 9", ""),
        (r"{\p1}m 0 0{\p00}a", "a"),
        (r"{\pos(1,2)}kept{\pbo5} too", "kept too"),
        ("\\{literal\\}{}", "{literal}"),
        ("back\\\u2060Nslash", "back\\Nslash"),
        (r"C:\dir", r"C:\dir"),
        ("an {open block", "an {open block"),
        ("a } b", "a } b"),
        (r"{\p1", r"{\p1"),
        ("<script>", "<script>"),
    ],
)
def test_what_a_reader_sees(event: str, shown: str) -> None:
    assert plain_text(event) == shown


def test_the_text_is_the_last_field_commas_included() -> None:
    assert event_text("7,0,Default,,0,0,0,,one, two") == "one, two"
    assert event_text("damaged") == ""


@given(st.text(alphabet="{}\\Nphn1a\u2060 ", max_size=200))
def test_nothing_is_made_up(text: str) -> None:
    shown = plain_text(text)
    assert len(shown) <= len(text)
    assert set(shown) <= set(text) | {"\n", " "}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["{", "}", "\\", "{\\p1", "{\\p1}"])
def test_hostile_text_takes_no_longer_than_its_length(part: str) -> None:
    assert len(plain_text(part * 100_000)) <= 100_000 * len(part)
