"""How values become JSON, TOML and hashes: one encoding for records, files, events and keys."""

from __future__ import annotations

import hashlib
import re
import threading
from fractions import Fraction
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

# No exponents: `Fraction("1e999999999")` would fill the memory with one number.
_RATIONAL = re.compile(r"-?[0-9]{1,40}(?:/[0-9]{1,40}|\.[0-9]{1,20})?")


_worked_out: set[Any] = set()
_working_out = threading.Lock()


def work_out(kind: Any) -> None:
    """Let msgspec look at a type and at all that is in it, before it is decoded.

    It does so by itself when a type is first decoded; but another thread that decodes it meanwhile sees half
    of it, and crashes. So every decoding goes through here.
    """
    if kind not in _worked_out:
        with _working_out:
            msgspec.json.Decoder(kind, dec_hook=_decode)
            _worked_out.add(kind)


def _encode(value: object) -> object:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    raise NotImplementedError(f"{type(value).__name__} is not a codek7 value")


def _decode(kind: type, value: object) -> object:
    if kind is Fraction:
        try:
            if type(value) is int or (isinstance(value, str) and _RATIONAL.fullmatch(value)):
                return Fraction(value)
        except ZeroDivisionError:
            pass
        raise ValueError(f"not a rational 'num/den': {value!r:.60}")
    raise NotImplementedError(f"{kind.__name__} is not a codek7 value")


def to_json(value: object) -> bytes:
    """Canonical JSON: field order as declared, mapping keys sorted, rationals as "num/den"."""
    return msgspec.json.encode(value, enc_hook=_encode, order="deterministic")


def from_json(text: bytes | str, kind: type[T]) -> T:
    """The value behind `to_json`. Raises `msgspec.ValidationError` naming the field that is wrong."""
    work_out(kind)
    return msgspec.json.decode(text, type=kind, dec_hook=_decode)


def to_plain(value: object) -> Any:
    """Dicts, lists, strings and numbers only."""
    return msgspec.to_builtins(value, enc_hook=_encode, order="deterministic")


def from_plain(plain: object, kind: type[T]) -> T:
    """The value behind `to_plain`. Raises `msgspec.ValidationError` naming the field that is wrong."""
    work_out(kind)
    return msgspec.convert(plain, type=kind, dec_hook=_decode, strict=False)


def content_hash(value: object) -> str:
    """SHA-256 of the value's canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(to_json(value)).hexdigest()
