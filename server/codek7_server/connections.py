"""Connections whose requests never begin: heads of requests are bounded in size and in time.

Uvicorn bounds neither: a head without an end would fill the memory, and heads that never come would take
every connection that there is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 << 10
"""Of a head that comes in pieces, after its first one (which is what a socket gives at once)."""
HEAD_S = 30.0
"""From the connection, or a request's first byte, until its head is whole."""
LOOK_S = 5.0
_TOO_LARGE = (
    b'{"type":"about:blank","title":"Request Header Fields Too Large","status":431,'
    b'"detail":"the head of the request is too large","code":"request-header-fields-too-large","hint":""}'
)
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
) % (len(_TOO_LARGE), _TOO_LARGE)


class Connection(HttpToolsProtocol):
    """Uvicorn's, which also knows since when it waits for a head, and how much of it has come."""

    waits_since_s = 0.0
    """0 while it waits for none: between requests, uvicorn itself ends what is silent."""
    _head_bytes = 0

    def connection_made(self, transport: object) -> None:
        """As uvicorn's."""
        self.waits_since_s = time.monotonic()
        super().connection_made(transport)  # type: ignore[arg-type]  # asyncio's own, as the caller says

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, unless there is too much of a head."""
        in_head = self.waits_since_s
        if in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MOST_HEAD_BYTES and self._head_bytes > len(data):
                self.transport.write(_REFUSAL)
                self.transport.close()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """As uvicorn's."""
        self.waits_since_s = self.waits_since_s or time.monotonic()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """As uvicorn's."""
        self.waits_since_s, self._head_bytes = 0.0, 0
        super().on_headers_complete()


def end_late_ones(connections: Iterable[object], now_s: float) -> None:
    """Close those that have waited for a head for too long."""
    for each in list(connections):
        if isinstance(each, Connection) and each.waits_since_s and now_s - each.waits_since_s > HEAD_S:
            each.transport.close()
