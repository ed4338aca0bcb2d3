"""Texts and languages from files, made fit to keep."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.ffmpeg.facts_text import JOINERS, LONGEST, clean, language, title


@given(st.text(max_size=500))
def test_texts_are_one_line_without_control_characters(text: str) -> None:
    kept = clean(text)
    assert len(kept) <= LONGEST
    assert kept == kept.strip()
    assert all(unicodedata.category(c)[0] != "C" or c in JOINERS for c in kept)
    assert clean(kept) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x00b\x1b[31m", "ab[31m"),
        ("  two\n\tlines ", "two lines"),
        ("\u202eevil", "evil"),
        ("0 \u202e\x850", "0 0"),
        ("👩‍🚀 café", "👩‍🚀 café"),
        ("x" * 10_000, "x" * LONGEST),
        ("<script>", "<script>"),  # escaping is for whoever writes markup
    ],
)
def test_examples(text: str, kept: str) -> None:
    assert clean(text) == kept


@pytest.mark.parametrize(
    ("tag", "kept"),
    [("eng", "eng"), ("pt-BR", "pt-BR"), ("und", ""), ("", ""), ("English", ""), ("a b", ""), ("zxx", "")],
)
def test_languages(tag: str, kept: str) -> None:
    assert language({"language": tag}) == kept


def test_titles() -> None:
    assert title({"title": "Part 1"}) == "Part 1"
    assert title({"handler_name": "VideoHandler"}) == ""
