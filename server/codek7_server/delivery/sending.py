"""Bodies, sent no faster than they are taken, from a bounded amount of memory for all clients together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from litestar.types import Receive, Send

from codek7_server.delivery.objects import Found, Objects
from codek7_server.delivery.ranges import Span

CHUNK_BYTES = 2 << 20
"""Read and sent at once: most segments whole. Every chunk costs a turn of a thread."""
LEAST_BYTES = 64 << 10
"""A chunk where memory is short."""
BUDGET_BYTES = 64 << 20


class Budget:
    """Bytes that were read for clients and not yet taken by them."""

    def __init__(self, limit_bytes: int = BUDGET_BYTES) -> None:
        self.free_bytes = limit_bytes

    def take(self, wanted: int) -> int:
        """How much may be read: all that is wanted while there is plenty, little and less afterwards, and
        never nothing, so nobody waits for others to read on."""
        taken = min(wanted, max(LEAST_BYTES, self.free_bytes // 8))
        self.free_bytes -= taken
        return taken

    def give(self, taken: int) -> None:
        """What was taken is sent."""
        self.free_bytes += taken


class Sender:
    """Sends parts of objects as bodies of responses that have begun."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._budget = Budget()

    async def parts(
        self, found: Found, parts: Sequence[tuple[bytes, Span]], ending: bytes, receive: Receive, send: Send
    ) -> None:
        """Ranges, each behind what stands before it. Raises what the store does: then the client must see
        the connection end, for the length it was promised is not kept."""
        size = sum(span.length for _, span in parts)
        leaving = asyncio.ensure_future(_gone(receive)) if size > CHUNK_BYTES else None
        try:
            if found.path is not None:
                with self._objects.opened(found.path, found) as file:
                    await self._chunks(found, file, parts, leaving, send)
            else:
                await self._chunks(found, None, parts, leaving, send)
            await send({"type": "http.response.body", "body": ending, "more_body": False})
        finally:
            if leaving is not None:
                leaving.cancel()

    async def _chunks(
        self,
        found: Found,
        file: int | None,
        parts: Sequence[tuple[bytes, Span]],
        leaving: asyncio.Future[None] | None,
        send: Send,
    ) -> None:
        """A chunk is on its way until the one behind it was accepted, so it counts for so long."""
        since_s = time.monotonic()
        on_its_way = reading = 0
        try:
            for before, (start, length) in parts:
                end = start + length
                while start < end:
                    if leaving is not None and leaving.done():
                        return
                    reading = self._budget.take(min(CHUNK_BYTES, end - start))
                    if file is not None:
                        body = await self._objects.pread(file, start, reading)
                    else:
                        body = await self._objects.read(found, start, reading, since_s=since_s)
                    if before:
                        await send({"type": "http.response.body", "body": before, "more_body": True})
                        before = b""
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                    del body
                    self._budget.give(on_its_way)
                    start += reading
                    on_its_way, reading = reading, 0
            await send(
                {"type": "http.response.body", "body": b"", "more_body": True}
            )  # when the last is taken
        finally:
            self._budget.give(on_its_way + reading)


async def _gone(receive: Receive) -> None:
    """Ends when the client does."""
    while (await receive())["type"] != "http.disconnect":
        pass
