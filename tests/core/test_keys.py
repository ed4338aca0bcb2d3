"""What a key is: the plain relative paths that codek7 makes, and nothing else however it is written."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from codek7.core.errors import KeyInvalid
from codek7.core.keys import MAX_KEY, MAX_PART, check_key, check_prefix, check_range, is_part
from codek7.core.records import init_key, object_key, record_key, work_key

ALPHABET = "abzABZ019._-"
PARTS = st.text(ALPHABET, min_size=1, max_size=40).filter(lambda part: part not in (".", ".."))
KEYS = st.lists(PARTS, min_size=1, max_size=8).map("/".join)
HOSTILE = st.text(
    st.one_of(st.sampled_from("./\\-_aA0~:%\n\r\0 \u2044\uff0f\u2024\u202e\ud800"), st.characters()),
    max_size=MAX_KEY + 10,
)


def refusal(check: Callable[[str], None], text: str) -> str:
    """What is said against it; nothing where it is taken."""
    try:
        check(text)
    except KeyInvalid as error:
        return error.message
    return ""


def is_key(text: str) -> bool:
    return not refusal(check_key, text)


@given(KEYS)
def test_keys_and_all_their_beginnings_are_taken(key: str) -> None:
    check_key(key)
    for end in range(len(key) + 1):
        check_prefix(key[:end])


@given(HOSTILE)
@example("a\n")
@example("..")
@example("a/..")
@example("a//b")
def test_what_is_taken_stays_below_its_folder(text: str) -> None:
    """Whatever the string, a key is its own normal form, cannot climb, and needs no escaping anywhere."""
    if is_key(text):
        assert posixpath.normpath("/root/" + text) == "/root/" + text
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", text, re.ASCII)
        assert len(text) <= MAX_KEY
        assert all(is_part(part) and len(part) <= MAX_PART for part in text.split("/"))


@given(KEYS, st.sampled_from(["/", "//", "/.", "/..", "/../x", "\n", "\0", " ", "~", "é"]), st.booleans())
def test_spoilt_keys_are_refused(key: str, spoiler: str, before: bool) -> None:
    assert not is_key(spoiler + key if before and spoiler[0] == "/" else key + spoiler)


@given(HOSTILE)
def test_messages_are_short_and_plain(text: str) -> None:
    for check in (check_key, check_prefix):
        said = refusal(check, text)
        assert said.isascii()
        assert said.isprintable()
        assert len(said) < 1000


def test_lengths_end_where_they_say() -> None:
    check_key("a" * MAX_PART)
    check_key("/".join(["a" * 224] * 4))
    for key in ("a" * (MAX_PART + 1), "a/" * (MAX_KEY // 2) + "a"):
        with pytest.raises(KeyInvalid):
            check_key(key)


def test_the_keys_of_work_are_keys() -> None:
    made = work_key("anything", 1, ("at", "all"))
    for key in (object_key(made), init_key(made), record_key(made)):
        check_key(key)


@pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1), (-5, 5)])
def test_ranges_are_not_negative(start: int, length: int | None) -> None:
    check_range(0, None)
    check_range(10**12, 0)
    with pytest.raises(ValueError, match="range"):
        check_range(start, length)
