"""Text as words that compare equal however they are written: no case, no accents, no width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

LONGEST = 40
"""Of a word, so many characters count."""

# Letters that no normalisation takes apart.
_PLAIN = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ħ": "h", "\u0131": "i"}
)
# Scripts written without spaces: every character is a word, and a run of them a phrase.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_PLAIN_WORD = re.compile("[a-z0-9]+")
_FIRST = re.compile(f"[{_UNSPACED}]")
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")


def fold(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in apart.casefold() if not unicodedata.category(c).startswith("M"))
    return unicodedata.normalize("NFC", bare).translate(_PLAIN)


def runs(text: str) -> list[tuple[str, ...]]:
    """The words of a text; what is written without spaces comes as one run of several."""
    folded = fold(text)
    if folded.isascii():
        return [(word[:LONGEST],) for word in _PLAIN_WORD.findall(folded)]
    found = _RUN.findall(folded)
    return [tuple(run) if is_unspaced(run[0]) else (run[:LONGEST],) for run in found]


def words(text: str) -> list[str]:
    """What a text is found by, in order: its words; after a run of several, each two neighbours."""
    if text.isascii():
        return [word[:LONGEST] for word in _PLAIN_WORD.findall(text.lower())]
    return [word for run in runs(text) for word in (*run, *pairs(run))]


def pairs(run: Iterable[str]) -> list[str]:
    """What a run of several words is found by."""
    return ["".join(pair) for pair in pairwise(run)]


def is_unspaced(word: str) -> bool:
    """Whether it is of a script that is written without spaces."""
    return not word.isascii() and _FIRST.match(word) is not None
