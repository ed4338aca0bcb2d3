"""Bodies of requests have to come in time: otherwise a few clients that send a byte now and then would hold
as many requests as there may be. Uploads look after themselves (`uploads.incoming`)."""

from __future__ import annotations

import asyncio

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPScope, Message, Receive, Scope, Send

from codek7.core.errors import RequestTooSlow

UPLOADS = "/api/uploads"
FORM = "/api/assets"


class Patience:
    """The application, which waits for a body for so long; 0 is without end."""

    def __init__(self, app: ASGIApp, body_s: int) -> None:
        self._app, self._body_s = app, body_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the application within, to whom `RequestTooSlow` is raised where it reads and the time is over.
        The connection ends with its answer: the rest of the body may come at any time."""
        if scope["type"] != ScopeType.HTTP or not self._body_s or _takes_time(scope):
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        end_s, whole, late = 0.0, False, False

        async def in_time() -> HTTPReceiveMessage:
            nonlocal end_s, whole, late
            end_s = end_s or loop.time() + self._body_s
            try:
                async with asyncio.timeout_at(None if whole else end_s):
                    message = await receive()
            except TimeoutError:
                late = True
                raise RequestTooSlow(
                    f"the body of the request was not there after {self._body_s} s", hint="send it faster"
                ) from None
            whole = whole or not message.get("more_body", False)
            return message  # type: ignore[return-value]  # the scope is HTTP

        async def closing(message: Message) -> None:
            if late and message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self._app(scope, in_time, closing)


def _takes_time(scope: HTTPScope) -> bool:
    """Whether it is an upload."""
    path = scope["path"]
    return path.startswith(UPLOADS) or (path == FORM and scope["method"] == "POST")
