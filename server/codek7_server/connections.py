"""Connections that are no use: heads of requests are bounded in size and in time, connections by address.

Uvicorn bounds none of them: a head without an end would fill the memory, and heads that never come would take
every connection that there is.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from codek7_server.access.limits import place

MOST_HEAD_BYTES = 64 << 10
"""Of a head that comes in pieces, after its first one (which is what a socket gives at once)."""
HEAD_S = 30.0
"""From the connection, or a request's first byte, until its head is whole."""
REST_S = 30.0
"""For the rest of a body whose request has been answered already."""
LOOK_S = 5.0
_TOO_MANY = (
    b'{"type":"about:blank","title":"Too Many Requests","status":429,'
    b'"detail":"too many connections from this address","code":"too-many-requests",'
    b'"hint":"close one first"}'
)
_REFUSED = (
    b"HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/problem+json\r\nretry-after: 5\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
) % (len(_TOO_MANY), _TOO_MANY)
_TOO_LARGE = (
    b'{"type":"about:blank","title":"Request Header Fields Too Large","status":431,'
    b'"detail":"the head of the request is too large","code":"request-header-fields-too-large","hint":""}'
)
_REFUSAL = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
) % (len(_TOO_LARGE), _TOO_LARGE)


class Gate:
    """How many connections each address has; those of `trusted` are not counted. 0 is no limit."""

    def __init__(self, per_address: int, trusted: Iterable[str] = ()) -> None:
        self._per_address = per_address
        self._everybody = "*" in trusted
        self._networks = [network for each in trusted if (network := _network(each)) is not None]
        self._open: Counter[str] = Counter()

    def enter(self, address: str) -> bool:
        """Whether there is room for one more, which then is counted."""
        who = place(address)
        if self._per_address and self._open[who] >= self._per_address and not self._is_trusted(address):
            return False
        self._open[who] += 1
        return True

    def leave(self, address: str) -> None:
        """One that had entered is over."""
        who = place(address)
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]

    def _is_trusted(self, address: str) -> bool:
        network = _network(address)
        if self._everybody or network is None:
            return self._everybody
        return any(each.version == network.version and network.subnet_of(each) for each in self._networks)  # type: ignore[arg-type]  # of one version


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text.partition("%")[0], strict=False)
    except ValueError:
        return None


class Connection(HttpToolsProtocol):
    """Uvicorn's, which also knows since when it waits for a head or a body, and how much of a head came."""

    waits_since_s = 0.0
    """0 while it waits for no head: between requests, uvicorn itself ends what is silent."""
    body_since_s = 0.0
    """0 while it waits for no body."""
    _head_bytes = 0
    _gate: Gate | None = None
    _entered = ""
    _refused = False

    def __init__(self, *given: Any, gate: Gate | None = None, **named: Any) -> None:
        super().__init__(*given, **named)
        self._gate = gate

    def connection_made(self, transport: object) -> None:
        """As uvicorn's, where the address may have one more."""
        self.waits_since_s = time.monotonic()
        super().connection_made(transport)  # type: ignore[arg-type]  # asyncio's own, as the caller says
        if self._gate is None or self.client is None:
            return
        if self._gate.enter(self.client[0]):
            self._entered = self.client[0]
        else:
            self._refused = True
            self.transport.write(_REFUSED)
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's."""
        if self._gate is not None and self._entered:
            self._gate.leave(self._entered)
            self._entered = ""
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, unless there is too much of a head."""
        if self._refused:
            return
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
        self.body_since_s = time.monotonic()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """As uvicorn's."""
        self.body_since_s = 0.0
        super().on_message_complete()

    def is_late(self, now_s: float) -> bool:
        """Whether it is not worth to be waited for. While a request is answered, who answers it decides."""
        if self.waits_since_s:
            return now_s - self.waits_since_s > HEAD_S
        waits = bool(self.body_since_s) and self.cycle.response_complete
        return waits and now_s - self.body_since_s > REST_S


def end_late_ones(connections: Iterable[object], now_s: float) -> None:
    """Close those that have been waited for, for too long."""
    for each in list(connections):
        if isinstance(each, Connection) and each.is_late(now_s):
            each.transport.close()
