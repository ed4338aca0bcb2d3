"""The catalog's file kept open by one process, which answers for all others: calls take about a millisecond.

One writer at a time; readers see the last commit and wait for nobody. The instance can reach no file but its
own, so that people's queries may run on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from codek7.catalog.troubles import translated

if TYPE_CHECKING:
    import duckdb

FENCE = (
    "SET temp_directory = ''",  # what does not fit into memory fails instead of filling the disk
    "SET TimeZone = 'UTC'",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",  # no variable of this process is a table
    "SET enable_external_access = false",  # no other file, no network, no ATTACH, no extension
    "SET lock_configuration = true",
)
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,  # small statements: a pool of threads would cost more than it gives
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,  # nothing is ever downloaded
    "autoload_known_extensions": False,
}
HELD_MEMORY = "2GB"
"""Queries are stopped at a quarter of it (`querying.MOST_MEMORY_BYTES`): writing never lacks any."""
_REOPEN_S = 10.0
_DRAIN_S = 5.0


class HeldFile:
    """An open catalog. Its file exists and has our schema; whose turn it is, is settled. Safe to use from
    several threads."""

    def __init__(self, home: Path, path: Path) -> None:
        self._home, self._path = home, path
        self._writing = threading.RLock()
        self._busy = threading.Condition()
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        self._begetting = threading.Lock()
        self._base = self._open()

    def one_at_a_time(self) -> AbstractContextManager[object]:
        """Writers wait for each other, from here on rather than from their transaction on."""
        return self._writing

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction that may write; others that want to wait for it."""
        with translated(self._home), self._writing, self._cursor() as cursor:
            try:
                cursor.begin()
                yield cursor
                cursor.commit()
            except BaseException as error:
                self._undo(cursor, error)
                raise

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction that reads the last commit."""
        with translated(self._home), self.reading() as cursor:
            yield cursor

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """As `read`, with DuckDB's own errors. Whatever would write, a sequence too, fails."""
        with self._cursor() as cursor:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            yield cursor

    def working_bytes(self) -> int:
        """Memory that statements work in, those that are under way: not what of the file is kept there."""
        with self._cursor() as cursor:
            row = cursor.execute(
                "SELECT coalesce(sum(memory_usage_bytes), 0) FROM duckdb_memory() WHERE tag <> 'BASE_TABLE'"
            ).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Wait for calls that are under way, end those that take long, and let go of the file."""
        end = time.monotonic() + _DRAIN_S
        with self._busy:
            while self._cursors:
                if not self._busy.wait(max(0.05, end - time.monotonic())) or time.monotonic() > end:
                    for cursor in self._cursors:
                        cursor.interrupt()
        self._base.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._begetting:
            cursor = self._base.cursor()
        with self._busy:
            self._cursors.add(cursor)
        try:
            yield cursor
        finally:
            cursor.close()  # rolls back what was not committed
            with self._busy:
                self._cursors.discard(cursor)
                self._busy.notify_all()

    def _open(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        connection = duckdb.connect(self._path, config={**CONFIG, "memory_limit": HELD_MEMORY})
        for fence in FENCE:
            connection.execute(fence)
        return connection

    def _undo(self, cursor: duckdb.DuckDBPyConnection, error: BaseException) -> None:
        """Roll back. An instance that DuckDB gave up (a write of its log failed) is opened anew."""
        import duckdb

        try:
            with suppress(duckdb.TransactionException):
                cursor.rollback()
            with self._cursor() as another:
                another.execute("SELECT 1 FROM schema_version LIMIT 1")
        except duckdb.OutOfMemoryException:
            return  # it holds what was committed, and will have memory again
        except duckdb.Error:
            with self._begetting:  # whoever wants a cursor waits for the new instance
                self._renew(cursor)

    def _renew(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Others' cursors keep the broken instance, and its file, until they end: they are told to."""
        import duckdb

        cursor.close()
        self._base.close()
        end = time.monotonic() + _REOPEN_S
        while True:
            with self._busy:
                for each in self._cursors - {cursor}:
                    with suppress(duckdb.Error):
                        each.interrupt()
            try:
                self._base = self._open()
                return
            except (duckdb.Error, OSError):
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)
