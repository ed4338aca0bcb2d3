"""A server that hands out media and does nothing else: a store and keys are all it needs, so there may be as
many of them as there are viewers for."""

from __future__ import annotations

from typing import Any

from codek7.hub import Hub
from codek7_server.delivery.answers import Refusal, answer, refuse
from codek7_server.delivery.app import Delivery, Dispatcher
from codek7_server.delivery.tokens import Tokens
from codek7_server.listening import listen
from codek7_server.operation.logs import set_up as set_up_logs

HEALTHY = b'{"status":"ok"}'
NOTHING = Refusal(404, "not-found", "this server hands out media, and has nothing else")


def serve_delivery(hub: Hub) -> None:
    """Serve the store of a hub until told to stop. No catalog is opened and nothing is written. Raises
    `SettingsInvalid` where there are no playback keys."""
    settings = hub.settings.server
    set_up_logs()
    tokens = Tokens.only_verifying(hub.home, ttl_s=settings.delivery.token_ttl_s)
    listen(Dispatcher(Delivery(hub.store, tokens, settings.delivery), beside), settings)


async def beside(scope: Any, receive: Any, send: Any) -> None:
    """What is there beside media: `/health`."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "http":
        method = scope["method"]
        if scope["path"] == "/health" and method in ("GET", "HEAD"):
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(HEALTHY)),
                (b"cache-control", b"no-store"),
            ]
            await answer(200, headers, HEALTHY if method == "GET" else b"", send)
        else:
            await refuse(NOTHING, [], method, send)
    else:
        await send({"type": "websocket.close", "code": 1000})


async def _live(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
