"""Uploads as a part of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from codek7_server.background import repeatedly
from codek7_server.imports.routes import ROUTES as IMPORTS
from codek7_server.live import Live
from codek7_server.part import Part
from codek7_server.uploads.form import send_form
from codek7_server.uploads.routes import ROUTER

MOST_S, LEAST_S = 60.0, 0.5


def part(live: Live) -> Part:
    """The routes, the sweep of what was abandoned, and imports that run."""
    every_s = min(MOST_S, max(LEAST_S, live.settings.uploads.expire_s / 4))

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        await live.uploads.load(live.jobs.take_in)
        async with repeatedly(live.uploads.sweep, every_s), live.imports.running():
            yield

    return Part(routes=[ROUTER, send_form, *IMPORTS], running=running)
