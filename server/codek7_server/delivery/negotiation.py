"""Whether a client would rather have gzip (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import re
from functools import lru_cache

_CODING = re.compile(
    rb"[ \t]*(?P<coding>[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*(?:;[ \t]*[qQ]=(?P<q>[01](?:\.\d{0,3})?))?[ \t]*"
)


@lru_cache(maxsize=512)
def prefers_gzip(accept_encoding: bytes) -> bool:
    """True where gzip is acceptable and liked no less than the plain bytes. Clients send few values."""
    liked: dict[bytes, float] = {}
    for each in accept_encoding.split(b","):
        found = _CODING.fullmatch(each)
        if found:
            liked[found["coding"].lower()] = min(float(found["q"] or 1), 1.0)
    gzip = liked.get(b"gzip", liked.get(b"x-gzip", liked.get(b"*", 0.0)))
    return gzip > 0 and gzip >= liked.get(b"identity", 0.0)
