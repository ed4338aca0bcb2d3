"""Byte ranges (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

MAX_RANGES = 32
"""A request with more is answered as if it had none: no player asks so, and the parts cost more than they
carry."""

_UNIT = re.compile(rb"bytes=", re.IGNORECASE)
_SPEC = re.compile(rb"(?P<first>[0-9]*)-(?P<last>[0-9]*)")
_ENDLESS = 10**18


class Span(NamedTuple):
    """Bytes of an object; never empty."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The byte behind the last."""
        return self.start + self.length


def resolve(value: bytes, size: int) -> tuple[Span, ...] | None:
    """What a `Range` header asks of an object of this size, in its order.

    Empty where none of it can be met (416); None where the header is to be ignored: another unit, not of the
    form, too many, or the last bytes of what has none. Where ranges overlap or touch they become one, in
    rising order, so no answer is longer than the object.
    """
    unit = _UNIT.match(value)
    if unit is None:
        return None
    specs = [spec.strip(b" \t") for spec in value[unit.end() :].split(b",")]
    specs = [spec for spec in specs if spec]
    if not specs or len(specs) > MAX_RANGES:
        return None
    spans = []
    for spec in specs:
        found = _SPEC.fullmatch(spec)
        if found is None or not _valid(found["first"], found["last"]):
            return None
        if span := _span(found["first"], found["last"], size):
            spans.append(span)
    if not spans and size == 0 and any(spec.startswith(b"-") and _number(spec[1:]) for spec in specs):
        return None
    return _apart(spans)


def _valid(first: bytes, last: bytes) -> bool:
    if first and last:
        return _number(first) <= _number(last)
    return bool(first or last)


def _span(first: bytes, last: bytes, size: int) -> Span | None:
    """None where it cannot be met."""
    if first:
        start = _number(first)
        end = min(_number(last) + 1, size) if last else size
    else:
        start, end = max(size - _number(last), 0), size
    return Span(start, end - start) if start < end else None


def _number(digits: bytes) -> int:
    """Any number of digits is valid; beyond the length of any object they are all the same."""
    digits = digits.lstrip(b"0")
    return int(digits or b"0") if len(digits) <= 18 else _ENDLESS


def _apart(spans: Sequence[Span]) -> tuple[Span, ...]:
    rising = sorted(spans)
    if all(a.end < b.start for a, b in pairwise(rising)):
        return tuple(spans)
    joined = rising[:1]
    for span in rising[1:]:
        before = joined[-1]
        if span.start <= before.end:
            joined[-1] = Span(before.start, max(before.end, span.end) - before.start)
        else:
            joined.append(span)
    return tuple(joined)
