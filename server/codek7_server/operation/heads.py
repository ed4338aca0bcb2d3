"""What the framework leaves out of a resource's methods: HEAD wherever there is GET (RFC 9110, 9.3.2), and an
`Allow` that lists them all (10.2.1), also where several routes share a path."""

from __future__ import annotations

from litestar import Litestar
from litestar.enums import HttpMethod, ScopeType
from litestar.types import HTTPScope, Message, Receive, Scope, Send


class Heads:
    """The application, which also answers HEAD, and knows what it answers."""

    def __init__(self, app: Litestar) -> None:
        self._app = app
        self._methods: dict[str, set[str]] = {}
        for route in app.routes:
            if route.scope_type == ScopeType.HTTP:
                self._methods.setdefault(route.path_format, set()).update(map(str, route.methods))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A HEAD that no route takes is asked again as GET, and its body left out."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
        elif scope["method"] == HttpMethod.HEAD:
            await self._head(scope, receive, send)
        else:
            await self._app(scope, receive, lambda message: send(self._with_allow(scope, message)))

    async def _head(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        refused = False

        async def unless_refused(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = message["status"] == 405 and b"GET" in _allow(message)
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

    def _with_allow(self, scope: HTTPScope, message: Message) -> Message:
        if message["type"] != "http.response.start" or not (allow := _allow(message)):
            return message
        methods = set(allow.decode().replace(" ", "").split(","))
        if scope["method"] == HttpMethod.OPTIONS:
            methods |= self._methods.get(scope.get("path_template", ""), set())
        if "GET" in methods:
            methods.add("HEAD")
        others = [(name, value) for name, value in message["headers"] if name.lower() != b"allow"]
        message["headers"] = [*others, (b"allow", ", ".join(sorted(methods)).encode())]
        return message


def _allow(message: Message) -> bytes:
    """The header `Allow` of a response that begins."""
    headers = message["headers"] if message["type"] == "http.response.start" else []
    return b", ".join(value for name, value in headers if name.lower() == b"allow")
