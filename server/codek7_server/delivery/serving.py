"""An object that was found, as the response to a request (RFC 9110)."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from litestar.types import HTTPScope, Receive, Send

from codek7.core.errors import StoreError
from codek7_server.delivery import answers
from codek7_server.delivery.answers import Beginning, answer, refuse
from codek7_server.delivery.conditions import evaluate, range_stands
from codek7_server.delivery.cors import Headers
from codek7_server.delivery.dates import write_date
from codek7_server.delivery.negotiation import prefers_gzip
from codek7_server.delivery.objects import Changed, Found
from codek7_server.delivery.ranges import Span, resolve
from codek7_server.delivery.sending import Sender

PATHSEND = "http.response.pathsend"
_BYTES = (b"accept-ranges", b"bytes")
_GZIP = (b"content-encoding", b"gzip")
_VARY = (b"vary", b"Accept-Encoding")

log = logging.getLogger("codek7.delivery")


class Asked(NamedTuple):
    """A request: GET or HEAD, the headers that matter, those every answer gets, and whether the bytes of what
    it is for are never exchanged."""

    method: str
    heard: Mapping[bytes, bytes]
    common: Headers
    lasting: bool

    @property
    def has_range(self) -> bool:
        """Only GET has ranges."""
        return self.method == "GET" and b"range" in self.heard


class Selected(NamedTuple):
    """The representation that a request is for: gzip or plain. `described` are the headers of every answer
    that is about it; `body` is None where it has to be read."""

    etag: bytes
    described: Headers
    body: bytes | None
    packed: bool

    def headers(self, found: Found) -> Headers:
        """Of an answer with all of it."""
        size = found.size if self.body is None else len(self.body)
        whole = [
            *self.described,
            (b"content-type", found.media_type),
            (b"content-length", b"%d" % size),
        ]
        return [*whole, _GZIP] if self.packed else whole


def select(found: Found, asked: Asked) -> Selected:
    """Which representation: ranges are always of the plain bytes, as every player means them."""
    wants_gzip = found.packed is not None and not asked.has_range
    packed = wants_gzip and prefers_gzip(asked.heard.get(b"accept-encoding", b""))
    etag = found.etag[:-1] + b'-gzip"' if packed else found.etag
    described = [*asked.common, (b"etag", etag), (b"last-modified", _date(found.modified_s)), _BYTES]
    if found.packed is not None:
        described.append(_VARY)
    return Selected(etag, described, found.packed if packed else found.body, packed)


async def serve_object(
    found: Found, asked: Asked, sender: Sender, scope: HTTPScope, receive: Receive, send: Send
) -> int:
    """Send the response; its status. Raises what the store does only before the response has begun."""
    selected = select(found, asked)
    status = evaluate(asked.heard, selected.etag, found.modified_s)
    if status == 304:
        await answer(304, selected.described, b"", send)
        return 304
    if status == 412:
        await refuse(answers.PRECONDITION_FAILED, asked.common, asked.method, send)
        return 412
    spans = None
    if asked.has_range and range_stands(asked.heard, selected.etag, found.modified_s, lasting=asked.lasting):
        spans = resolve(asked.heard[b"range"], found.size)
    if spans == ():
        await refuse(answers.unsatisfiable(found.size), asked.common, asked.method, send)
        return 416
    if spans is None:
        await _whole(found, selected, asked, sender, scope, receive, send)
        return 200
    await _ranges(found, spans, selected.described, sender, receive, send)
    return 206


async def _whole(
    found: Found,
    selected: Selected,
    asked: Asked,
    sender: Sender,
    scope: HTTPScope,
    receive: Receive,
    send: Send,
) -> None:
    headers = selected.headers(found)
    if asked.method == "HEAD":
        await answer(200, headers, b"", send)
    elif selected.body is not None:
        await answer(200, headers, selected.body, send)
    elif found.path and PATHSEND in (scope.get("extensions") or {}):
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        file: Any = {"type": PATHSEND, "path": str(found.path)}  # Litestar's types do not know it
        await send(file)
    else:
        await _begin(found, [(b"", Span(0, found.size))], b"", 200, headers, sender, receive, send)


async def _ranges(
    found: Found,
    spans: tuple[Span, ...],
    described: Headers,
    sender: Sender,
    receive: Receive,
    send: Send,
) -> None:
    headers = [*described]
    if len(spans) == 1:
        span = spans[0]
        headers += [
            (b"content-type", found.media_type),
            (b"content-range", _content_range(span, found.size)),
            (b"content-length", b"%d" % span.length),
        ]
        parts, ending = [(b"", span)], b""
    else:
        boundary = secrets.token_hex(16).encode()
        parts = [(_part_head(boundary, found, span, first=n == 0), span) for n, span in enumerate(spans)]
        ending = b"\r\n--" + boundary + b"--\r\n"
        size = sum(len(head) + span.length for head, span in parts) + len(ending)
        headers += [
            (b"content-type", b"multipart/byteranges; boundary=" + boundary),
            (b"content-length", b"%d" % size),
        ]
    if found.body is not None:
        body = b"".join(head + found.body[span.start : span.end] for head, span in parts)
        await answer(206, headers, body + ending, send)
        return
    await _begin(found, parts, ending, 206, headers, sender, receive, send)


async def _begin(
    found: Found,
    parts: list[tuple[bytes, Span]],
    ending: bytes,
    status: int,
    headers: Headers,
    sender: Sender,
    receive: Receive,
    send: Send,
) -> None:
    """Once the response has begun, nothing but the end of the connection can say that it failed."""
    beginning = Beginning(send, status, headers)
    try:
        await sender.parts(found, parts, ending, receive, beginning)
    except (Changed, StoreError, OSError) as error:
        if not beginning.begun:
            raise
        log.warning("%s broke off: %s", found.key, repr(error))


def _part_head(boundary: bytes, found: Found, span: Span, *, first: bool) -> bytes:
    return b"%s--%s\r\nContent-Type: %s\r\nContent-Range: %s\r\n\r\n" % (
        b"" if first else b"\r\n",
        boundary,
        found.media_type,
        _content_range(span, found.size),
    )


def _content_range(span: Span, size: int) -> bytes:
    return b"bytes %d-%d/%d" % (span.start, span.end - 1, size)


@lru_cache(maxsize=1024)
def _date(modified_s: int) -> bytes:
    return write_date(modified_s)
