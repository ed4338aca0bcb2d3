"""Feeding the outbox from the history of events, and emptying it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import groupby

import httpcore
from anyio import to_thread

from codek7.core.errors import Codek7Error
from codek7.core.ports import Catalog
from codek7.core.settings import Outbound
from codek7_server.outbound.guard import CONNECT_S, Guard
from codek7_server.webhooks.outbox import Due, Outbox
from codek7_server.webhooks.signing import headers

AT_ONCE = 8
ANSWER_S = 15.0
PAGE = 500
LOOK_S = 2.0
"""How soon an event is noticed that nobody pointed out."""
_TIMEOUTS = {"connect": CONNECT_S, "read": ANSWER_S, "write": ANSWER_S, "pool": ANSWER_S}

log = logging.getLogger("codek7.server.webhooks")


class Telling:
    """Tells those who asked."""

    def __init__(self, outbox: Outbox, catalog: Catalog, guard: Guard, settings: Outbound) -> None:
        self.outbox = outbox
        self._catalog = catalog
        self._guard = guard
        self._settings = settings

        self._nudged = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Feeds and empties the outbox within the block."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            tasks = [task, *self._busy.values()]
            for each in tasks:
                each.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def nudge(self) -> None:
        """Something happened: look now. From the event loop."""
        self._nudged.set()

    def check_url(self, url: str) -> None:
        """Raises `AddressRefused` for what a look at the URL tells."""
        self._guard.check_url(url)

    async def feed(self) -> None:
        """Enter what happened since."""
        await to_thread.run_sync(self._feed)

    async def forget(self) -> None:
        """Drop what has long been over."""
        await to_thread.run_sync(self.outbox.forget)

    def last_event(self) -> int:
        """Of the history. Blocking."""
        return self._catalog.last_event()

    async def _run(self) -> None:
        while True:
            try:
                await self.feed()
                await self._deliver()
            except Exception:
                log.exception("webhooks could not be told")
            with suppress(TimeoutError):
                async with asyncio.timeout(min(LOOK_S, max(0.1, self._settings.webhook_retry_s))):
                    await self._nudged.wait()
            self._nudged.clear()

    def _feed(self) -> None:
        while (place := self.outbox.place()) is not None:
            events = self._catalog.history(after=place, limit=PAGE)
            if not events:
                return
            self.outbox.enter(events)

    async def _deliver(self) -> None:
        """Begin to try what is due; no receiver waits for another one."""
        for webhook_id, some in groupby(sorted(await to_thread.run_sync(self.outbox.due), key=_hook), _hook):
            if webhook_id not in self._busy:
                self._busy[webhook_id] = asyncio.create_task(self._in_turn(webhook_id, list(some)))

    async def _in_turn(self, webhook_id: str, some: list[Due]) -> None:
        try:
            async with self._turns, self._guard.client() as client:
                for due in some:
                    status, error = await self._try(client, due)
                    await to_thread.run_sync(self._note, due, status, error)
        except Exception:
            log.exception("deliveries of webhook %s failed", webhook_id)
        finally:
            del self._busy[webhook_id]
            self.nudge()

    def _note(self, due: Due, status: int, error: str) -> None:
        if error:
            log.warning("delivery %s, try %d: %s", due.id, due.tries + 1, error)
        settings = self._settings
        self.outbox.tried(
            due, status, error, most_tries=settings.webhook_tries, first_wait_s=settings.webhook_retry_s
        )

    async def _try(self, client: httpcore.AsyncConnectionPool, due: Due) -> tuple[int, str]:
        """The answer's status, 0 where there was none, and what went wrong. Answers are not read: what is at
        a URL that somebody gave is shown to nobody."""
        signed = headers(due.secret, due.id, int(time.time()), due.body)
        said = [("content-type", "application/json"), ("user-agent", "codek7"), *signed.items()]
        try:
            self._guard.check_url(due.url)
            async with (
                asyncio.timeout(2 * ANSWER_S),
                client.stream(
                    "POST", due.url, headers=said, content=due.body, extensions={"timeout": _TIMEOUTS}
                ) as answer,
            ):
                status = int(answer.status)
        except Codek7Error as error:
            return 0, error.message
        except (TimeoutError, httpcore.TimeoutException):
            return 0, "no answer in time"
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            return 0, f"the connection failed: {str(error)[:200]}"
        if 300 <= status < 400:
            return status, "redirects are not followed"
        return status, "" if 200 <= status < 300 else f"the answer was {status}"


def _hook(due: Due) -> str:
    return due.webhook_id
