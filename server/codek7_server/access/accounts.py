"""HOME/accounts.db: who has access. A SQLite file beside the catalog, so that no query of the catalog can
reach a secret, and commands can use it beside a running server.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from codek7.core.errors import CatalogBusy, CatalogDamaged, CatalogError, CatalogNewer, Codek7Error
from codek7_server.database import prepare

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # `owner` owns what is uploaded with the key; a key that replaces another has the same.
        """CREATE TABLE key (
            id TEXT PRIMARY KEY, secret_sha256 BLOB NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,
            role TEXT NOT NULL, created_us INTEGER NOT NULL, used_us INTEGER NOT NULL DEFAULT 0,
            revoked_us INTEGER NOT NULL DEFAULT 0) STRICT""",
        """CREATE TABLE session (
            token_sha256 BLOB PRIMARY KEY, key_id TEXT NOT NULL REFERENCES key(id),
            created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL) STRICT""",
    ),
)
"""Step n brings schema n (`user_version`) to n + 1. None is ever edited once released."""

BUSY_S = 10.0


class Accounts:
    """The open file. Reads never wait for writers, and take microseconds: they need no thread. Writes wait
    for the disk: off the event loop, please. Safe to use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader = _connect(path)
        self._writer = _connect(path)
        self._reading, self._writing = threading.Lock(), threading.Lock()

    @classmethod
    def open(cls, home: Path) -> Self:
        """Makes the file where there is none. Raises `CatalogNewer`, `CatalogDamaged`, `CatalogError`,
        `HomeFaulty`."""
        path = home / "accounts.db"
        try:
            prepare(path, [statement for step in MIGRATIONS for statement in step], len(MIGRATIONS))
            path.chmod(0o600)  # SQLite's other files get the same
            accounts = cls(path)
            accounts._migrate()
        except Codek7Error:
            raise
        except OSError as error:
            raise CatalogError(f"{path} cannot be opened: {error.strerror or error}") from error
        except sqlite3.OperationalError as error:
            raise CatalogBusy(f"{path} cannot be opened: {error}", hint="try again") from error
        except sqlite3.DatabaseError as error:
            raise CatalogDamaged(
                f"{path} cannot be read: {error}",
                hint="restore it from a backup, or move it away to begin without keys",
            ) from error
        return accounts

    def one(self, sql: str, *values: object) -> tuple[object, ...] | None:
        """The first row of a query."""
        return next(iter(self.all(sql, *values)), None)

    def all(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Every row of a query."""
        with self._reading:  # a statement that another thread has not finished would keep an older snapshot
            return self._reader.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: on disk at the end of the block, rolled back when it raises."""
        with self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def close(self) -> None:
        """Nothing can be asked afterwards."""
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()

    def _migrate(self) -> None:
        self._keep_a_log()
        with self.writing() as connection:
            found = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if found > len(MIGRATIONS):
                raise CatalogNewer(
                    f"{self.path} was written by a newer codek7 (schema {found})", hint="update codek7"
                )
            for step in MIGRATIONS[found:]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _keep_a_log(self) -> None:
        """Readers then wait for no writer. SQLite waits for nobody itself when it changes to it."""
        end = time.monotonic() + BUSY_S
        while True:
            try:
                self._writer.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.02)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
