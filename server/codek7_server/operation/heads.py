"""HEAD wherever there is GET (RFC 9110, 9.3.2): the framework answers 405 unless a route says both."""

from __future__ import annotations

from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """The application, which also answers HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A HEAD that no route takes is asked again as GET, and its body left out."""
        if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.HEAD:
            await self._app(scope, receive, send)
            return
        refused = False

        async def unless_refused(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                allow = [value for name, value in message["headers"] if name.lower() == b"allow"]
                refused = message["status"] == 405 and any(b"GET" in value for value in allow)
            if not refused:
                await send(message)

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await self._app(scope, receive, unless_refused)
        if refused:
            as_get = scope.copy()  # the server that runs us looks at its own, and counts no body for HEAD
            as_get["method"] = HttpMethod.GET
            try:
                await self._app(as_get, receive, without_body)
            finally:
                scope["path_template"] = as_get.get("path_template", "")
