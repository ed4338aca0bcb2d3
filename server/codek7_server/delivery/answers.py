"""Responses without an object: refusals as RFC 9457 problem details, and the lazy start of those with one."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar.types import Send

from codek7_server.delivery.cors import METHODS, Headers
from codek7_server.problems import MEDIA_TYPE, Problem

NO_STORE = (b"cache-control", b"no-store")


class Refusal:
    """A status and its body, written once."""

    def __init__(self, status: int, code: str, detail: str, headers: Headers | None = None) -> None:
        self.status = status
        problem = Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail)
        self.body = msgspec.json.encode(problem)
        self.headers: Headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(self.body)),
            NO_STORE,
            *(headers or []),
        ]


FORBIDDEN = Refusal(403, "forbidden", "the playback token is not good for this, or not any more")
NOT_FOUND = Refusal(404, "object-not-found", "there is no such object")
NOT_ALLOWED = Refusal(405, "method-not-allowed", "media can be read, and no more", [(b"allow", METHODS)])
PRECONDITION_FAILED = Refusal(412, "precondition-failed", "the object is not the one that was meant")
FAILED = Refusal(500, "error", "")
UNAVAILABLE = Refusal(
    503, "store-unavailable", "the store does not answer; it is asked again soon", [(b"retry-after", b"5")]
)


def unsatisfiable(size: int) -> Refusal:
    """No byte that was asked for is there."""
    return Refusal(
        416, "range-not-satisfiable", f"it has {size} bytes", [(b"content-range", b"bytes */%d" % size)]
    )


async def refuse(refusal: Refusal, common: Headers, method: str, send: Send) -> None:
    """Send a refusal, to HEAD without its body."""
    body = b"" if method == "HEAD" else refusal.body
    await answer(refusal.status, [*common, *refusal.headers], body, send)


async def answer(status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes, send: Send) -> None:
    """Send a response whose body is at hand."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Beginning:
    """A `send` that begins the response with the first part of its body: until that is read, something may
    still go wrong that the status has to say."""

    def __init__(self, send: Send, status: int, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.inner: Any = send
        self._start: Any = {"type": "http.response.start", "status": status, "headers": headers}
        self.begun = False

    async def __call__(self, message: Any) -> None:
        """See ASGI."""
        if not self.begun:
            self.begun = True
            await self.inner(self._start)
        await self.inner(message)
