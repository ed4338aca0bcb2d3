"""Conditional requests (RFC 9110, section 13), for GET and HEAD of an object that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from codek7_server.delivery.dates import read_date

_TAG = re.compile(rb'(?P<weak>W/)?(?P<tag>"[\x21\x23-\x7e\x80-\xff]*")')
_BETWEEN = re.compile(rb"[ \t]*(?:,[ \t]*)*")


def evaluate(asked: Mapping[bytes, bytes], etag: bytes, modified_s: int) -> Literal[200, 304, 412]:
    """The precedence of section 13.2.2. `asked` are headers by their names in small letters, `etag` is strong
    and quoted. A date that is none is ignored, as section 13.1 demands."""
    if (if_match := asked.get(b"if-match")) is not None:
        if not _matches(if_match, etag, weakly=False):
            return 412
    elif (since := asked.get(b"if-unmodified-since")) is not None:
        date = read_date(since)
        if date is not None and modified_s > date:
            return 412
    if (if_none_match := asked.get(b"if-none-match")) is not None:
        return 304 if _matches(if_none_match, etag, weakly=True) else 200
    if (since := asked.get(b"if-modified-since")) is not None:
        date = read_date(since)
        if date is not None and modified_s <= date:
            return 304
    return 200


def range_stands(asked: Mapping[bytes, bytes], etag: bytes, modified_s: int, *, lasting: bool) -> bool:
    """Whether a `Range` header is to be heeded, after its `If-Range`.

    Tags are compared strongly. A date counts only of an object that is `lasting`: of one that may be written
    twice within a second, its date does not say which bytes are meant (section 8.8.2.2).
    """
    condition = asked.get(b"if-range")
    if condition is None:
        return True
    if condition == etag:
        return True
    return lasting and read_date(condition) == modified_s


def _matches(value: bytes, etag: bytes, *, weakly: bool) -> bool:
    if value.strip(b" \t") == b"*":
        return True
    at = _past(value, 0)
    found = False
    while at < len(value):
        tag = _TAG.match(value, at)
        if tag is None:  # not of the form: it matches nothing
            return False
        found = found or (tag["tag"] == etag and (weakly or not tag["weak"]))
        behind = _past(value, tag.end())
        if behind < len(value) and b"," not in value[tag.end() : behind]:
            return False
        at = behind
    return found


def _past(value: bytes, at: int) -> int:
    between = _BETWEEN.match(value, at)
    return between.end() if between else at
