"""What nothing needs any more goes by itself: `codek7 gc`, now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from codek7.hub import Hub
from codek7.upkeep import collect_garbage

log = logging.getLogger("codek7.server.tidying")


@asynccontextmanager
async def tidying(hub: Hub) -> AsyncIterator[None]:
    """While the server runs. What fails is logged, and tried again the next time."""
    task = asyncio.create_task(_tidy(hub))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _tidy(hub: Hub) -> None:
    every_s = hub.settings.server.tidy_s
    while every_s:
        await asyncio.sleep(every_s)
        try:
            await asyncio.to_thread(_collect, hub)
        except Exception:
            log.exception("what nothing needs could not be freed")


def _collect(hub: Hub) -> None:
    freed = collect_garbage(hub.catalog, hub.store, hub.home, grace_s=hub.settings.keep_versions_s)
    if freed.keys:
        log.info("freed %d objects, %d bytes", len(freed.keys), freed.size_bytes)
