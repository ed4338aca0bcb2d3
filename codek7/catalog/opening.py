"""Opening the catalog's file for one transaction: in turn, at this codek7's schema, closed again at once.

The file is attached to a DuckDB instance in memory that lives as long as the catalog object: attaching takes
a tenth of the time that starting DuckDB does. Detaching checkpoints, so a closed catalog is one file; a
write-ahead log beside it is what a killed process left, and the next opening takes it in.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from codek7.catalog.holding import CONFIG, HeldFile
from codek7.catalog.lock import WAIT_S, Elsewhere, nowhere, turn
from codek7.catalog.migrations import MIGRATIONS, SCHEMA
from codek7.catalog.safekeeping import back_up, sync_folder, wal_of
from codek7.catalog.troubles import damaged, holder_in, newer, translated

if TYPE_CHECKING:
    import duckdb

_PAUSE_S = 0.05
_MAGIC_AT, _MAGIC = 8, b"DUCK"


class CatalogFile:
    """The catalog's file of a home, and the lock in front of it. Safe to use from several threads."""

    def __init__(self, home: Path, *, wait_s: float = WAIT_S, elsewhere: Elsewhere = nowhere) -> None:
        self.home = home
        self._elsewhere = elsewhere
        self.path = home / "catalog.duckdb"
        self._lock = home / "run" / "catalog.lock"
        self._wait_s = wait_s
        # By process: what a fork inherits can neither be used nor closed, only kept aside.
        self._instances: dict[int, duckdb.DuckDBPyConnection] = {}
        self._starting = threading.RLock()

    @property
    def begun(self) -> bool:
        """Whether anything was ever written."""
        return self.path.exists() or wal_of(self.path).exists()

    @contextmanager
    def closed(self) -> Iterator[None]:
        """The turn is ours, the file is whole, at our schema, and open nowhere: it can be copied."""
        with self._turn() as connection:
            self._attach_current(connection)
            _detach(connection)
            yield

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The catalog in one transaction: committed at the end of the block, rolled back when it raises.

        Creates or migrates the file first where needed. Raises `CatalogBusy`, `CatalogNewer`,
        `CatalogDamaged` and `DiskFull`.
        """
        with self._turn() as connection:
            self._attach_current(connection)
            connection.begin()
            yield connection
            connection.commit()
            _detach(connection)

    @contextmanager
    def held(self) -> Iterator[HeldFile]:
        """The file stays open, and the turn ours, as long as the block. Creates or migrates it first."""
        with translated(self.home), turn(self._lock, self._wait_s, self._elsewhere):
            connection = self._started()
            try:
                self._attach_current(connection)
                _detach(connection)
            finally:
                del self._instances[os.getpid()]
                connection.close()
            held = HeldFile(self.home, self.path)
            try:
                yield held
            finally:
                held.close()

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """As `opened`, but a home where nothing was ever written stays as it is: what is read is empty."""
        if self.begun:
            with self.opened() as connection:
                yield connection
        else:
            with translated(self.home), self._emptied() as connection:
                yield connection

    def _emptied(self) -> duckdb.DuckDBPyConnection:
        """The tables, without rows, in memory: nothing is written, so nobody's turn is needed."""
        with self._starting:
            connection = self._started().cursor()
            if not connection.execute("SELECT 1 FROM duckdb_tables()").fetchone():
                migrate(connection, 0, SCHEMA)
        return connection

    @contextmanager
    def _turn(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with translated(self.home), turn(self._lock, self._wait_s, self._elsewhere):
            connection = self._started()
            try:
                yield connection
            except BaseException:
                del self._instances[os.getpid()]
                connection.close()  # rolls back, and lets go of the file
                raise

    def _started(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        process = os.getpid()
        with self._starting:
            if process not in self._instances:
                self._instances[process] = duckdb.connect(":memory:", config=CONFIG)
            return self._instances[process]

    def _attach_current(self, connection: duckdb.DuckDBPyConnection) -> None:
        if not self.path.exists():
            self._create(connection)
        self._attach(connection)
        found = self._schema(connection)
        if found > SCHEMA:
            raise newer(self.home, found, SCHEMA)
        if found < SCHEMA:
            _detach(connection)
            back_up(self.path, self.home / "backups", found)
            self._attach(connection)
            migrate(connection, found, SCHEMA)

    def _create(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Written aside and renamed: a killed process leaves no half-made catalog."""
        if wal_of(self.path).exists():
            raise damaged(self.home, "the file is gone, though its write-ahead log is there")
        aside = self.path.with_name(f"{self.path.name}.new")
        for rest in (aside, wal_of(aside)):
            rest.unlink(missing_ok=True)
        _attach(connection, aside)
        migrate(connection, 0, SCHEMA)
        _detach(connection)
        aside.chmod(0o600)  # titles of private assets are in it
        aside.rename(self.path)
        sync_folder(self.home)

    def _attach(self, connection: duckdb.DuckDBPyConnection) -> None:
        with self.path.open("rb") as file:
            head = file.read(_MAGIC_AT + len(_MAGIC))
        if head[_MAGIC_AT:] != _MAGIC:  # DuckDB would look for an extension that reads it
            raise damaged(self.home, "the file is empty" if not head else "the file is no DuckDB database")
        self._attach_patiently(connection)

    def _attach_patiently(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Wait also for those who open the file without asking for a turn, as DuckDB's own shell does."""
        import duckdb

        end = time.monotonic() + self._wait_s
        while True:
            try:
                return _attach(connection, self.path)
            except duckdb.Error as error:
                if not holder_in(str(error)) or time.monotonic() >= end:
                    raise
            time.sleep(_PAUSE_S)

    def _schema(self, connection: duckdb.DuckDBPyConnection) -> int:
        import duckdb

        try:
            row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
        except duckdb.CatalogException as error:
            raise damaged(self.home, "the file is a DuckDB database, but no catalog of codek7") from error
        return int(row[0]) if row and row[0] is not None else 0


def migrate(connection: duckdb.DuckDBPyConnection, found: int, wanted: int) -> None:
    """Bring the database in use from one schema to a later one, in one transaction."""
    connection.begin()
    for version in range(found + 1, wanted + 1):
        for statement in MIGRATIONS[version - 1]:
            connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (?, ?)", [version, time.time_ns() // 1000])
    connection.commit()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    connection.execute("ATTACH ? AS catalog", [str(path)])
    connection.execute("USE catalog")


def _detach(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("USE memory")
    connection.execute("DETACH catalog")
