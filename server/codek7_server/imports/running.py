"""Imports: uploads whose bytes the server fetches. They run in the background, a few at a time, can be
cancelled, and begin again after a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

from codek7.core.errors import Codek7Error, FetchFailed, UploadError
from codek7.core.settings import Outbound
from codek7_server.imports.fetching import Answer, fetching
from codek7_server.outbound.guard import Guard
from codek7_server.uploads.going import Going
from codek7_server.uploads.intake import Uploads, in_thread
from codek7_server.uploads.record import Said, Upload
from codek7_server.uploads.room import check_size
from codek7_server.uploads.stored import BLOCK_BYTES
from codek7_server.uploads.tus import said_of, told_of

MOST_WAITING = 1_000
log = logging.getLogger("codek7.server.imports")


class Imports:
    """Those that go on. What became of the others, their uploads tell."""

    def __init__(self, uploads: Uploads, guard: Guard, settings: Outbound) -> None:
        self._uploads = uploads
        self._guard = guard
        self._settings = settings
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(max(1, settings.imports))
        self.announced: dict[str, int] = {}
        """How many bytes a server says there are, by import."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take up what an earlier server left; at the end, leave what goes on to the next."""
        for going in self._uploads.every_going():
            if going.upload.kind == "import" and going.upload.state == "open":
                self._start(going)
        try:
            yield
        finally:
            tasks = list(self._tasks.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def begin(self, owner: str, url: str, said: Said) -> Upload:
        """Fetch it from now on. Raises `AddressRefused` for what a look at the URL tells, `QuotaReached`."""
        self._guard.check_url(url)
        if len(self._tasks) >= MOST_WAITING:
            raise UploadError("too many imports are waiting", hint="try again later")
        going = await self._uploads.begin(owner, said, None, kind="import", url=url)
        self._start(going)
        return going.upload

    async def cancel(self, upload: Upload) -> None:
        """Nothing of it stays. One that is over stays as it is."""
        task = self._tasks.get(upload.id)
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._uploads.end(upload)

    def _start(self, going: Going) -> None:
        task = asyncio.create_task(self._run(going))
        self._tasks[going.upload.id] = task
        task.add_done_callback(lambda _: self._forget(going.upload.id))

    def _forget(self, upload_id: str) -> None:
        self._tasks.pop(upload_id, None)
        self.announced.pop(upload_id, None)

    async def _run(self, going: Going) -> None:
        try:
            async with self._turns, asyncio.timeout(self._settings.import_max_s or None):
                await self._fetch(going)
            await self._uploads.finish(going)
        except TimeoutError:
            slow = FetchFailed(
                f"it took more than {self._settings.import_max_s} s", hint="upload the file instead"
            )
            await self._failed(going, slow)
        except Codek7Error as error:
            await self._failed(going, error)
        except Exception:
            log.exception("import %s failed", going.upload.id)
            await self._failed(going, FetchFailed("the import failed", hint="the server's log says more"))

    async def _failed(self, going: Going, error: Codek7Error) -> None:
        """One that is whole, and only waits for its asset, does not fail."""
        if going.upload.state == "open":
            await self._uploads.end(going.upload, "refused", error)

    async def _fetch(self, going: Going) -> None:
        async with going.lock:
            await in_thread(going.stored.clear)
            async with fetching(self._guard, going.upload.url) as answer:
                await self._expect(going, answer)
                held = bytearray()
                async for piece in answer.body:
                    held += piece
                    if len(held) >= BLOCK_BYTES:
                        await self._uploads.append(going, bytes(held))
                        held.clear()
                if held:
                    await self._uploads.append(going, bytes(held))
            if answer.size_bytes is not None and going.stored.size != answer.size_bytes:
                raise FetchFailed(
                    f"it ended after {going.stored.size} of {answer.size_bytes} bytes", hint="try again"
                )

    async def _expect(self, going: Going, answer: Answer) -> None:
        """Room for what was announced, and the name that it has there."""
        if answer.size_bytes is not None:
            check_size(answer.size_bytes, self._uploads.limits.max_bytes)
            await in_thread(self._uploads.check_room_of, going, answer.size_bytes)
            self.announced[going.upload.id] = answer.size_bytes
        said = going.upload.said
        if not said.filename:
            named = said_of({**told_of(said), "filename": answer.filename, "policy": ""}, ())
            said = msgspec.structs.replace(named, policy=said.policy)
            await in_thread(self._uploads.describe, going, said)
