"""Bodies, sent no faster than they are taken, from a bounded amount of memory for all clients together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

from litestar.types import Receive
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from codek7_server.delivery.answers import Beginning
from codek7_server.delivery.objects import Found, Objects
from codek7_server.delivery.ranges import Span
from codek7_server.delivery.zero_copy import cycle_of, send_file

Part = tuple[bytes, Span]
"""A range, and what stands before it."""
Read = Callable[[int, int], Awaitable[bytes]]
Gone = Callable[[], bool]

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
        self, found: Found, parts: Sequence[Part], ending: bytes, receive: Receive, send: Beginning
    ) -> None:
        """Ranges, each behind what stands before it. Raises what the store does: where the response has
        begun, its connection must end, for the length it promised is not kept."""
        if found.path is None:
            async with _leaving(parts, receive) as gone:
                await self._chunks(parts, _reader(self._objects, found), gone, send)
        else:
            with self._objects.opened(found.path, found) as file:
                cycle = cycle_of(send.inner)
                if cycle is not None:
                    await self._by_kernel(parts, file, cycle, send)
                else:
                    async with _leaving(parts, receive) as gone:
                        await self._chunks(parts, partial(self._objects.pread, file), gone, send)
        await send({"type": "http.response.body", "body": ending, "more_body": False})

    async def _by_kernel(
        self, parts: Sequence[Part], file: int, cycle: RequestResponseCycle, send: Beginning
    ) -> None:
        for before, (start, length) in parts:
            await send({"type": "http.response.body", "body": before, "more_body": True})
            await send_file(cycle, file, start, length, self._objects.in_thread)

    async def _chunks(self, parts: Sequence[Part], read: Read, gone: Gone, send: Beginning) -> None:
        """A chunk is on its way until the one behind it was accepted, so it counts for so long."""
        on_its_way = reading = 0
        try:
            for before, (start, length) in parts:
                end = start + length
                while start < end and not gone():
                    reading = self._budget.take(min(CHUNK_BYTES, end - start))
                    body = await read(start, reading)
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


def _reader(objects: Objects, found: Found) -> Read:
    return partial(objects.read, found, since_s=time.monotonic())


@asynccontextmanager
async def _leaving(parts: Sequence[Part], receive: Receive) -> AsyncIterator[Gone]:
    """Whether the client has gone; not looked after for what is sent in one piece."""
    if sum(span.length for _, span in parts) <= CHUNK_BYTES:
        yield lambda: False
        return
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        yield leaving.done
    finally:
        leaving.cancel()


async def _gone(receive: Receive) -> None:
    """Ends when the client does."""
    while (await receive())["type"] != "http.disconnect":
        pass
