"""A small HTTP client that tells what rules about delivery need to know: types, encodings, redirects.

Connections are kept per host. Redirects are followed, at most five and only to http(s), and reported.
"""

from __future__ import annotations

import zlib
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import SplitResult, urljoin, urlsplit

from codek7.check.fetch import Answer, Delivery

TIMEOUT_S = 15
MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


class HttpFetch:
    """Reads over HTTP(S) with ranges. Not safe to share between threads."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self.timeout_s = timeout_s
        self._connections: dict[tuple[str, str], HTTPConnection] = {}

    def get(self, uri: str, start: int = 0, length: int | None = None, *, limit: int) -> Answer:
        """Ask for an object or a range of it. gzip is offered for whole objects only."""
        if length is not None and length > limit:
            return Answer(problem=f"more than {limit} bytes; not read")
        headers = {"User-Agent": "codek7-check", "Accept-Encoding": "gzip"}
        if start or length is not None:
            last = "" if length is None else str(start + length - 1)
            headers |= {"Range": f"bytes={start}-{last}", "Accept-Encoding": "identity"}
        try:
            return self._follow(uri, headers, start, length, limit)
        except (OSError, HTTPException, ValueError, zlib.error) as error:
            return Answer(problem=f"cannot be read: {type(error).__name__}: {error}")

    def close(self) -> None:
        """Close the kept connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _follow(
        self, uri: str, headers: dict[str, str], start: int, length: int | None, limit: int
    ) -> Answer:
        redirected_to = None
        for _ in range(MOST_REDIRECTS + 1):
            parts = urlsplit(uri)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                return Answer(problem=f"not an http(s) address: {uri[:80]}")
            response = self._request(parts, headers)
            if response.status in _REDIRECTS and response.getheader("Location"):
                uri = redirected_to = urljoin(uri, response.getheader("Location") or "")
                self._drop(parts)
                continue
            return self._answer(response, parts, redirected_to, start, length, limit)
        return Answer(problem="too many redirects", delivery=Delivery(redirected_to=redirected_to))

    def _request(self, parts: SplitResult, headers: dict[str, str]) -> HTTPResponse:
        """Send a request, once more on a new connection if the kept one had been closed."""
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        key = (parts.scheme, parts.netloc)
        for last_try in (key not in self._connections, True):
            connection = self._connections.get(key) or self._connect(parts)
            self._connections[key] = connection
            try:
                connection.request("GET", target, headers=headers)
                return connection.getresponse()
            except (OSError, HTTPException):
                self._drop(parts)
                if last_try:
                    raise
        raise HTTPException("not reached")

    def _connect(self, parts: SplitResult) -> HTTPConnection:
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        return kind(parts.hostname or "", parts.port, timeout=self.timeout_s)

    def _drop(self, parts: SplitResult) -> None:
        connection = self._connections.pop((parts.scheme, parts.netloc), None)
        if connection:
            connection.close()

    def _answer(
        self,
        response: HTTPResponse,
        parts: SplitResult,
        redirected_to: str | None,
        start: int,
        length: int | None,
        limit: int,
    ) -> Answer:
        ranged = bool(start) or length is not None
        whole = ranged and response.status == 200
        encoding = response.getheader("Content-Encoding")
        problem, body = None, b""
        if response.status not in (200, 206):
            problem = f"HTTP {response.status}"
        else:
            body = _limited(response, encoding, (start + length if length else limit) if whole else limit)
            if len(body) > limit and not whole:
                problem, body = f"more than {limit} bytes; not read", b""
        if whole:
            body = body[start : None if length is None else start + length]
        if problem or whole or not response.isclosed():
            self._drop(parts)
        delivery = Delivery(
            content_type=response.getheader("Content-Type"),
            content_encoding=encoding,
            redirected_to=redirected_to,
            whole=whole,
        )
        return Answer(body=body, problem=problem, delivery=delivery)


def _limited(response: HTTPResponse, encoding: str | None, limit: int) -> bytes:
    """Read at most `limit` + 1 bytes, unpacked; a bomb is never unpacked further than that."""
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return response.read(limit + 1)
    unpack = zlib.decompressobj(wbits=47)
    body = b""
    while len(body) <= limit and (chunk := response.read(65536)):
        body += unpack.decompress(chunk, limit + 1 - len(body))
    return body
