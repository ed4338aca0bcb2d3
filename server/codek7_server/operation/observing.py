"""Around the whole application: each request gets an id, a log line, and its place in the metrics."""

from __future__ import annotations

import logging
import re
import time

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from codek7.core.assets import new_id
from codek7_server.identity import ANYONE
from codek7_server.operation.logs import REQUEST_ID
from codek7_server.operation.metrics import Metrics

log = logging.getLogger("codek7.requests")
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
"""What is taken over of an `X-Request-Id` that a proxy sent; anything else gets a new one."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"/health", "/ready", "/metrics"})
"""Asked for every few seconds by machines: logged only where the answer is an error."""


class Observing:
    """The application, observed."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As the application within."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = _asked_for(scope) or new_id()
        token = REQUEST_ID.set(request_id)
        began, status, size = time.monotonic(), 0, 0

        async def observed(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            elif message["type"] == "http.response.body":
                size += len(message["body"])
            await send(message)

        try:
            await self._app(scope, receive, observed)
        finally:
            self._note(scope, status, size, time.monotonic() - began)
            REQUEST_ID.reset(token)

    def _note(self, scope: HTTPScope, status: int, size: int, took_s: float) -> None:
        """`status` is 0 where the client went away before there was an answer."""
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = scope.get("path_template") or "none"  # the path itself: no end of series
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.request_seconds.labels(method, route).observe(took_s)
        if scope["path"] in QUIET and status < 400:
            return
        client, identity = scope.get("client"), scope.get("state", {}).get("identity", ANYONE)
        fields = {
            "method": method, "path": scope["path"], "status": status, "size_bytes": size,
            "duration_us": round(took_s * 1_000_000), "address": client[0] if client else "",
            "identity": identity.id,
        }  # fmt: skip
        log.info("request", extra={"fields": fields})


def _asked_for(scope: HTTPScope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _ID.fullmatch(value):
            return value.decode()
    return ""
