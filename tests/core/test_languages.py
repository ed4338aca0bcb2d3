"""Language codes become tags that players know, and never anything else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.languages import language_name, language_tag


@pytest.mark.parametrize(
    ("code", "tag", "name"),
    [
        ("eng", "en", "English"),
        ("ger", "de", "German"),
        ("deu", "de", "German"),
        ("en", "en", "English"),
        ("EN_us", "en-US", "English (US)"),
        ("por-br", "pt-BR", "Portuguese (BR)"),
        ("pob", "pt-BR", "Portuguese (BR)"),
        ("zho-Hant-TW", "zh-Hant-TW", "Chinese (Traditional, TW)"),
        ("cmn-hans", "zh-Hans", "Chinese (Simplified)"),
        ("es-419", "es-419", "Spanish (419)"),
        ("de-1996", "de-1996", "German (1996)"),
        ("iw", "he", "Hebrew"),
        ("yue", "yue", "Cantonese"),
        ("nob", "nb", "Norwegian Bokmål"),
        ("xyz", "xyz", "xyz"),
        ("und", "", "Unknown"),
        ("", "", "Unknown"),
        ("```", "", "Unknown"),
        ('en",URI="http://x', "", "Unknown"),
        ("English", "", "Unknown"),
    ],
)
def test_codes(code: str, tag: str, name: str) -> None:
    assert language_tag(code) == tag
    assert language_name(tag) == name


def test_every_language_of_iso_639_1_is_known_by_all_its_codes() -> None:
    from codek7.core.languages import TABLE

    entries = [entry.split() for entry in TABLE.replace("\n", " ").split(";")]
    assert len(entries) == 184
    for two, three, *rest in entries:
        codes = [two, three, *(part for part in rest[:1] if re.fullmatch("[a-z]{3}", part))]
        assert {language_tag(code) for code in codes} == {two}
        assert re.fullmatch(r"[^\W\d_][\w -]+", language_name(two))


@given(st.text() | st.from_regex(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", fullmatch=True))
def test_a_tag_is_safe_in_an_attribute_and_stays_itself(code: str) -> None:
    tag = language_tag(code)
    assert re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*|", tag)
    assert language_tag(tag) == tag
    assert language_name(tag)
