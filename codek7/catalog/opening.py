"""Opening the catalog's file for one transaction: in turn, at this codek7's schema, closed again at once.

Closing checkpoints, so a closed catalog is one file; a write-ahead log beside it is what a killed process
left, and the next opening takes it in.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from codek7.catalog.lock import WAIT_S, turn
from codek7.catalog.migrations import MIGRATIONS, SCHEMA
from codek7.catalog.safekeeping import back_up, sync_folder, wal_of
from codek7.catalog.troubles import damaged, newer, translated

if TYPE_CHECKING:
    import duckdb

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,  # small statements: a pool of threads would cost more than it gives
    "memory_limit": "1GB",
    "autoinstall_known_extensions": False,  # nothing is ever downloaded
    "autoload_known_extensions": False,
}
_MAGIC_AT, _MAGIC = 8, b"DUCK"


def file_of(home: Path) -> Path:
    """The catalog's file in a home."""
    return home / "catalog.duckdb"


def lock_of(home: Path) -> Path:
    """The lock file in front of it."""
    return home / "run" / "catalog.lock"


@contextmanager
def opened(home: Path, wait_s: float = WAIT_S) -> Iterator[duckdb.DuckDBPyConnection]:
    """The catalog, open in one transaction: committed at the end of the block, rolled back when it raises.

    Creates or migrates it first where needed. Raises `CatalogBusy`, `CatalogNewer`, `CatalogDamaged` and
    `DiskFull`.
    """
    with turn(lock_of(home), wait_s), translated(home):
        connection = connect(home)
        try:
            connection.begin()
            yield connection
            connection.commit()
        finally:
            connection.close()  # rolls back what was not committed


def connect(home: Path) -> duckdb.DuckDBPyConnection:
    """Open the file at this codek7's schema, creating or migrating it. Only for the holder of the turn."""
    path = file_of(home)
    if not path.exists():
        _create(home)
    connection = _open(home)
    found = _schema_of(connection, home)
    if found == SCHEMA:
        return connection
    connection.close()
    if found > SCHEMA:
        raise newer(home, found, SCHEMA)
    back_up(path, home / "backups", found)
    connection = _open(home)
    migrate(connection, found, SCHEMA)
    return connection


def migrate(connection: duckdb.DuckDBPyConnection, found: int, wanted: int) -> None:
    """Bring a database from one schema to a later one, in one transaction."""
    connection.begin()
    for version in range(found + 1, wanted + 1):
        for statement in MIGRATIONS[version - 1]:
            connection.execute(statement)
        connection.execute("INSERT INTO schema_version VALUES (?, ?)", [version, time.time_ns() // 1000])
    connection.commit()


def _create(home: Path) -> None:
    """Written aside and renamed: a killed process leaves no half-made catalog."""
    import duckdb

    path = file_of(home)
    if wal_of(path).exists():
        raise damaged(home, "the file is gone, though its write-ahead log is there")
    aside = path.with_name(f"{path.name}.new")
    for rest in (aside, wal_of(aside)):
        rest.unlink(missing_ok=True)
    with duckdb.connect(aside, config=CONFIG) as connection:
        migrate(connection, 0, SCHEMA)
    aside.rename(path)
    sync_folder(home)


def _open(home: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    path = file_of(home)
    with path.open("rb") as file:
        head = file.read(_MAGIC_AT + len(_MAGIC))
    if head[_MAGIC_AT:] != _MAGIC:  # DuckDB would look for an extension that reads it
        raise damaged(home, "the file is empty" if not head else "the file is no DuckDB database")
    return duckdb.connect(path, config=CONFIG)


def _schema_of(connection: duckdb.DuckDBPyConnection, home: Path) -> int:
    import duckdb

    try:
        row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    except duckdb.CatalogException as error:
        connection.close()
        raise damaged(home, "the file is a DuckDB database, but no catalog of codek7") from error
    except BaseException:
        connection.close()
        raise
    return int(row[0]) if row and row[0] is not None else 0
