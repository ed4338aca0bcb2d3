"""Webhooks as a part of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from codek7_server.background import repeatedly
from codek7_server.live import Live
from codek7_server.part import Part
from codek7_server.webhooks.routes import WebhookRoutes

FORGET_S = 3600.0
HEAR_S = 1.0


def part(live: Live) -> Part:
    """The routes, and the telling."""

    async def hear() -> None:
        """What is not heard here (a listener that falls behind is let go) is found in the history."""
        with live.bus.listen() as listener:
            async for told in listener:
                if told.id:
                    live.webhooks.nudge()

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        async with (
            repeatedly(live.webhooks.forget, FORGET_S),
            repeatedly(hear, HEAR_S),
            live.webhooks.running(),
        ):
            yield

    return Part(routes=[WebhookRoutes], running=running)
