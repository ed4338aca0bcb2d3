"""What a part does now and then, as long as the server runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

log = logging.getLogger("codek7.server")


@asynccontextmanager
async def repeatedly(work: Callable[[], Awaitable[None]], every_s: float) -> AsyncIterator[None]:
    """Do it at once and then every so often. What it raises is logged, and stops nothing."""

    async def loop() -> None:
        while True:
            try:
                await work()
            except Exception:
                log.exception("%s failed", getattr(work, "__qualname__", work))
            await asyncio.sleep(every_s)

    task = asyncio.create_task(loop())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
