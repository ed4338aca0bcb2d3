"""Who asks, as a running server finds it out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from codek7.core.errors import Unauthenticated
from codek7_server.access import keys
from codek7_server.access.accounts import Accounts
from codek7_server.access.limits import Limits, place
from codek7_server.access.providers import Keys, Sessions
from codek7_server.identity import IdentityProvider

NOTED_EVERY_S = 30


class Access:
    """The accounts, the providers of identity in the order in which they are asked, and the limits."""

    def __init__(self, accounts: Accounts, limits: Limits, *, url: str = "") -> None:
        self.accounts = accounts
        self.limits = limits
        self._by_key = Keys(accounts)
        self.providers: tuple[IdentityProvider, ...] = (self._by_key, Sessions(accounts, self._by_key, url))

    def check(self, key: str, address: str) -> keys.Key:
        """The API key that this is. Raises `Unauthenticated`; `TooManyRequests` to who tried too many."""
        try:
            return keys.check(self.accounts, key)
        except Unauthenticated:
            self.limits.wrong(place(address))
            raise

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Now and then, and at the end, it is written down which keys were used."""
        noting = asyncio.create_task(self._note_now_and_then())
        try:
            yield
        finally:
            noting.cancel()
            with suppress(asyncio.CancelledError):
                await noting
            await self._note()
            self.accounts.close()

    async def _note_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(NOTED_EVERY_S)
            await self._note()

    async def _note(self) -> None:
        used_us, self._by_key.used_us = self._by_key.used_us, {}
        if used_us:
            await asyncio.to_thread(keys.note_used, self.accounts, used_us)
