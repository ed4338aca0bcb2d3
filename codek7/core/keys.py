"""Which strings are keys of a store. Pure: every store asks here first, so a hostile key reaches none."""

from __future__ import annotations

import re

from codek7.core.errors import KeyInvalid, UsageError

MAX_PART = 255
"""Characters of one part: the longest file name that common file systems take."""
MAX_KEY = 900
"""Characters of a key. S3 takes 1,024 bytes, of which a store's own prefix needs some."""

_PART = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_PART}}}")
_SHOWN = 80
_HINT = "keys are relative paths of [A-Za-z0-9._-] parts, made by codek7 and never from a user's text"


def is_part(part: str) -> bool:
    """Whether this may stand between two slashes of a key."""
    return _PART.fullmatch(part) is not None and part not in (".", "..")


def check_key(key: str) -> None:
    """Raises `KeyInvalid` unless the key is a relative path of `[A-Za-z0-9._-]` parts, none of them `.` or
    `..`, each at most `MAX_PART` and all together at most `MAX_KEY` characters."""
    if len(key) > MAX_KEY or not all(is_part(part) for part in key.split("/")):
        raise KeyInvalid(f"{_shown(key)} is no key of a store", hint=_HINT)


def check_prefix(prefix: str) -> None:
    """Raises `KeyInvalid` unless this is a key cut anywhere, or nothing. What is cut may be a `.` or `..`: it
    names no folder, it only compares."""
    *whole, cut = prefix.split("/")
    if len(prefix) > MAX_KEY or not all(map(is_part, whole)) or (cut and not _PART.fullmatch(cut)):
        raise KeyInvalid(f"{_shown(prefix)} is no beginning of a store's keys", hint=_HINT)


def check_range(start: int, length: int | None) -> None:
    """Raises `UsageError` unless this is a byte range as `Store.get` takes it."""
    if start < 0 or (length is not None and length < 0):
        raise UsageError(f"no byte range starts at {start} with a length of {length}")


def _shown(text: str) -> str:
    """Fit for a message: escaped, and short whatever came in."""
    return ascii(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
