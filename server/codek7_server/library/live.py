"""The library of a running server: follows the catalog, and is searched beside that."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from codek7.core.assets import Asset
from codek7.core.errors import Codek7Error
from codek7.core.ports import Catalog
from codek7.core.values import from_json
from codek7_server.library.keeping import drop, has, keep, merge, note, noted, writing
from codek7_server.library.near import Vocabulary
from codek7_server.library.queries import Query, Reader
from codek7_server.library.schema import check_place, connect, open_library
from codek7_server.library.searching import Page, search

SEARCHERS = 4
LOOK_S = 0.25
"""How soon a change of the catalog that nobody told of is found."""
BATCH, FILL, AHEAD = 500, 2000, 20_000
"""Assets written at once: as they change, and when the library is made; and read at once for that."""
MERGED_AT_ONCE = 1000
"""Pages of the index: about a tenth of a second."""
PATIENCE_S = 0.5
"""A server starts at latest after so long, be its library whole or not."""

log = logging.getLogger("codek7.library")


class Library:
    """HOME/library.db. It asks the catalog's history what is new, so nothing can be missed: not what came
    through the socket, and not what happened while nobody followed."""

    def __init__(self, home: Path, catalog: Catalog) -> None:
        self._path = home / "library.db"
        check_place(self._path)
        self._catalog = catalog
        self._mine = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._searchers = ThreadPoolExecutor(SEARCHERS, thread_name_prefix="library")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="library-writer")
        self._writing: sqlite3.Connection | None = None
        self._vocabulary: Vocabulary | None = None
        self._followed = False
        self._ahead: list[Asset] = []

    async def search(self, query: Query, reader: Reader) -> Page:
        """One page of what the reader may find. Raises `UsageError` for a cursor of another query."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._searchers, self._search, query, reader)

    async def refresh(self, *ids: str) -> None:
        """When this returns, searches find these assets as the catalog has them. (While the library is made,
        those that are not in it yet come in their turn: rows are numbered as they come.)"""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._refresh, ids)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follows the catalog within the block. A small catalog is read before it begins."""
        await asyncio.get_running_loop().run_in_executor(self._writer, self._opened)
        whole = asyncio.Event()
        following = asyncio.create_task(self._follow(whole))
        with suppress(TimeoutError):
            await asyncio.wait_for(whole.wait(), PATIENCE_S)
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
            await asyncio.to_thread(self._writer.shutdown)
            await asyncio.to_thread(self._searchers.shutdown, cancel_futures=True)
            for connection in self._connections:
                connection.close()

    async def _caught_up(self) -> None:
        """One turn of the writer that finds nothing to do."""
        while await asyncio.get_running_loop().run_in_executor(self._writer, self._catch_up):
            pass

    async def _follow(self, whole: asyncio.Event) -> None:
        while True:
            try:
                await self._caught_up()
                whole.set()
            except (Codek7Error, sqlite3.Error):
                log.exception("the library could not follow the catalog")
                await asyncio.sleep(5)
            await asyncio.sleep(LOOK_S)

    def _search(self, query: Query, reader: Reader) -> Page:
        connection: sqlite3.Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = self._mine.connection = connect(self._path)
            self._connections.append(connection)
        return search(connection, query, reader)

    def _opened(self) -> sqlite3.Connection:
        """The connection of the writer's thread."""
        if self._writing is None:
            self._writing = open_library(self._path)
            self._connections.append(self._writing)
        return self._writing

    def _words(self) -> Vocabulary:
        if self._vocabulary is None:
            self._vocabulary = Vocabulary(self._opened())
        return self._vocabulary

    def _refresh(self, ids: tuple[str, ...]) -> None:
        connection = self._opened()
        self._ahead.clear()  # it may have been read before these changed
        found = self._catalog.assets(ids=ids, limit=len(ids))
        whole = not noted(connection, "filled")
        with writing(connection):
            keep(connection, self._words(), [each for each in found if whole or has(connection, each.id)])
            drop(connection, set(ids) - {asset.id for asset in found})

    def _catch_up(self) -> bool:
        """One batch; whether there was anything to do."""
        connection = self._opened()
        seen = noted(connection, "seen")
        if not seen or (not self._followed and int(seen) > self._catalog.last_event()):
            self._begin(connection)  # there is none yet, or it is of another catalog, such as a newer one
        self._followed = True
        merging = bool(noted(connection, "merging")) and merge(connection, MERGED_AT_ONCE)
        if place := noted(connection, "filled"):
            self._fill(connection, *from_json(place, tuple[int, str]))
            return True
        news = self._catalog.history(after=int(noted(connection, "seen")), limit=BATCH)
        if not news:
            return merging
        ids = {each.asset_id for each in news}
        found = self._catalog.assets(ids=ids, limit=len(ids))
        with writing(connection):
            keep(connection, self._words(), found)
            drop(connection, ids - {asset.id for asset in found})
            note(connection, "seen", str(news[-1].id))
        return True

    def _begin(self, connection: sqlite3.Connection) -> None:
        """From nothing: all that is there, in the order in which it came, then what happens from here on."""
        last = self._catalog.last_event()
        with writing(connection):
            connection.execute("INSERT INTO text (text) VALUES ('delete-all')")
            for table in ("asset", "word", "variant", "state"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  # our names
            note(connection, "seen", str(last))
            note(connection, "filled", '[0,""]')

    def _fill(self, connection: sqlite3.Connection, since_us: int, after: str) -> None:
        """What is read ahead and changes meanwhile is in the history, which is followed from there on."""
        if not self._ahead:
            self._ahead = list(self._catalog.assets(since=(since_us, after), limit=AHEAD))
        found = self._ahead[:FILL]
        with writing(connection):
            keep(connection, self._words(), found)
            place = msgspec.json.encode((found[-1].created_us, found[-1].id)).decode() if found else ""
            note(connection, "filled", place)
            if not found:
                note(connection, "merging", "-")
        del self._ahead[:FILL]
