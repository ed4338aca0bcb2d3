"""Texts, languages and dispositions as files claim them, made fit to keep."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

LONGEST = 200
JOINERS = "\u200c\u200d"
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
UNKNOWN_LANGUAGES = {"und", "unk", "mis", "zxx", "xxx", "mul"}


def clean(text: str) -> str:
    """One line without control, direction, private or undefined characters, at most 200 long."""
    spaced = re.sub(r"\s", " ", text[: 20 * LONGEST])
    kept = "".join(c for c in spaced if unicodedata.category(c)[0] != "C" or c in JOINERS)
    return re.sub(r" +", " ", kept).strip()[:LONGEST].strip()


def language(metadata: Mapping[str, str]) -> str:
    """The track's language tag as found (ISO 639 or BCP 47); "" where unknown or no tag at all."""
    tag = metadata.get("language", "").strip().strip("\0")
    if not LANGUAGE.fullmatch(tag) or len(tag) > 35 or tag.lower() in UNKNOWN_LANGUAGES:
        return ""
    return tag


def title(metadata: Mapping[str, str]) -> str:
    """The track's or chapter's title; names that muxers write for every track are none."""
    return clean(metadata.get("title", "") or metadata.get("name", ""))
