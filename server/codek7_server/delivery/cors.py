"""Whose pages may play the media (the Fetch standard's CORS protocol)."""

from __future__ import annotations

from collections.abc import Sequence

Headers = list[tuple[bytes, bytes]]

EXPOSED = b"Content-Length, Content-Range, Date, ETag"
ALLOWED = (
    b"Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, "
    b"CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status"
)
METHODS = b"GET, HEAD, OPTIONS"
PREFLIGHT_S = b"86400"

_COMMON: Headers = [(b"x-content-type-options", b"nosniff")]


class Cors:
    """Headers for every answer, by who asks."""

    def __init__(self, origins: Sequence[str]) -> None:
        self.everybody = "*" in origins
        self._origins = frozenset(origin.encode() for origin in origins)
        self._open: Headers = [*_COMMON, (b"access-control-allow-origin", b"*"), _exposed()]
        self._closed: Headers = [*_COMMON, (b"vary", b"Origin")]

    def headers(self, origin: bytes | None) -> Headers:
        """For an answer; not to be changed."""
        if self.everybody:
            return self._open
        if origin is None or origin not in self._origins:
            return self._closed
        return [*self._closed, (b"access-control-allow-origin", origin), _exposed()]

    def preflight(self, origin: bytes | None) -> Headers:
        """For the answer to OPTIONS."""
        return [
            *self.headers(origin),
            (b"allow", METHODS),
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", ALLOWED),
            (b"access-control-max-age", PREFLIGHT_S),
        ]


def _exposed() -> tuple[bytes, bytes]:
    return (b"access-control-expose-headers", EXPOSED)
