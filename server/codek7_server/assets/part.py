"""Assets as a part of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from codek7.upkeep import finish_withdrawals
from codek7_server.assets.curating import ROUTES
from codek7_server.assets.routes import AssetRoutes
from codek7_server.live import Live
from codek7_server.part import Part


def part(live: Live) -> Part:
    """The routes, and the library that follows the catalog. What a server that was killed had begun to take
    back is taken back before anything is answered."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        await asyncio.to_thread(finish_withdrawals, live.hub.catalog, live.hub.store)
        async with live.library.running():
            yield

    return Part(routes=[AssetRoutes, *ROUTES], running=running)
