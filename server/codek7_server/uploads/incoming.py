"""A request's body as it comes: in blocks, with an end to patience, and with a way to be sent away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request

from codek7.core.errors import UploadConflict, UploadStalled
from codek7_server.uploads.stored import BLOCK_BYTES

STALL_S = 60.0


class Gone(Exception):
    """The client went away before the end of its request."""


class Incoming:
    """The body of one request. `silent_s` tells for how long nothing has come."""

    def __init__(self, request: Request[Any, Any, Any], *, stall_s: float = STALL_S) -> None:
        self._receive = request.receive
        self._stall_s = stall_s
        self._waiting: asyncio.Timeout | None = None
        self._since = 0.0
        self.sent_away = False

    @property
    def silent_s(self) -> float:
        """0 while something else than the client is waited for."""
        return asyncio.get_running_loop().time() - self._since if self._waiting else 0.0

    def send_away(self) -> None:
        """Somebody else goes on with the upload: this request ends, and what it has not stored is dropped."""
        self.sent_away = True
        if self._waiting:
            self._waiting.reschedule(asyncio.get_running_loop().time())

    async def pieces(self) -> AsyncIterator[bytes]:
        """As they come. Raises `Gone`, `UploadStalled`, and `UploadConflict` when sent away."""
        while True:
            message = await self._next()
            if message["type"] == "http.disconnect":
                raise Gone
            if message["body"]:
                yield message["body"]
            if not message.get("more_body", False):
                return

    async def blocks(self) -> AsyncIterator[bytes]:
        """As `pieces`, put together to about a megabyte. What has come is given before `Gone` or
        `UploadStalled` are raised, so that it is kept."""
        held, size = [], 0
        try:
            async for piece in self.pieces():
                held.append(piece)
                size += len(piece)
                if size >= BLOCK_BYTES:
                    yield b"".join(held)
                    held, size = [], 0
        except (Gone, UploadStalled):
            if held:
                yield b"".join(held)
            raise
        if held:
            yield b"".join(held)

    async def _next(self) -> dict[str, Any]:
        self._since = asyncio.get_running_loop().time()
        try:
            if self.sent_away:
                raise TimeoutError
            async with asyncio.timeout(self._stall_s) as self._waiting:
                return dict(await self._receive())
        except TimeoutError:
            if self.sent_away:
                raise UploadConflict(
                    "another request went on with this upload", hint="ask where it is (HEAD), and go on there"
                ) from None
            raise UploadStalled(
                f"nothing came for {self._stall_s:.0f} s",
                hint="ask where the upload is (HEAD), and go on there",
            ) from None
        finally:
            self._waiting = None
