"""The library's tables. Nothing here is the only copy of anything: another version begins anew."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from codek7.core.errors import HomeFaulty
from codek7_server.library.entries import COLUMNS

VERSION = 2
"""Changes with whatever changes the tables, the words or the facets of an asset."""

HASH_BYTES = 32 << 20
"""So much of the index is written at once: small parts would have to be merged again and again."""
_NUMBERS = ("duration_us", "height", "created_us", "updated_us")
TABLES = (
    # Rows are numbered in the order in which assets were created, as far as that is known.
    f"""CREATE TABLE asset (
        number INTEGER PRIMARY KEY,
        {", ".join(f"{name} {'INTEGER' if name in _NUMBERS else 'TEXT'} NOT NULL" for name in COLUMNS)},
        title_key TEXT NOT NULL, listed INTEGER NOT NULL)""",
    "CREATE UNIQUE INDEX asset_id ON asset (id)",
    "CREATE INDEX asset_title ON asset (title_key)",
    "CREATE INDEX asset_duration ON asset (duration_us)",
    # What finds are looked at and put in order by: a tenth of the pages that whole rows are on.
    "CREATE INDEX asset_shown ON asset (number, listed, owner, title_key, duration_us)",
    # Without its texts: they are made again from the row when it is taken out. ASCII's rules split at spaces
    # and leave everything beyond ASCII alone, as words come folded. No places of words are kept, which would
    # be most of it.
    """CREATE VIRTUAL TABLE text USING fts5(
        words, content = '', tokenize = 'ascii', detail = none, columnsize = 0)""",
    f"INSERT INTO text (text, rank) VALUES ('hashsize', {HASH_BYTES})",  # noqa: S608  # our number
    # The vocabulary; each word is also found by what is left of it without any one of its letters.
    "CREATE TABLE word (word TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE variant (variant TEXT, word TEXT, PRIMARY KEY (variant, word)) WITHOUT ROWID",
    "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)


def open_library(path: Path) -> sqlite3.Connection:
    """A connection that may write. What is of another version, or damaged, is replaced by an empty file."""
    _make(path)
    try:
        connection = connect(path)
        if _is_ours(connection):
            return connection
        connection.close()
    except sqlite3.DatabaseError:
        pass
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        file.unlink(missing_ok=True)
    _make(path)
    connection = connect(path)
    connection.execute("BEGIN IMMEDIATE")
    for statement in TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    return connection


def check_place(path: Path) -> None:
    """Raises `HomeFaulty` where the library's name is taken by what is no file."""
    if path.exists() and not path.is_file():
        raise HomeFaulty(f"{path} is no file", hint="move it away: the library is made from the catalog")


def _make(path: Path) -> None:
    """An empty file where there is none: titles of private assets are for the owner's eyes only. SQLite gives
    its other files the same mode. One that is there is left alone: closing it would end SQLite's locks."""
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def connect(path: Path) -> sqlite3.Connection:
    """Readers never wait for the one who writes."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # what a loss of power takes, the catalog still has
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def rows_of(
    connection: sqlite3.Connection, columns: Sequence[str], query: str, values: Sequence[object]
) -> list[list[Any]]:
    """All rows of a query, in one piece: with each row that it asks for, a thread gives the interpreter away,
    and waits for it again behind all others that work. `query` goes on from FROM; with a LIMIT, its order is
    kept."""
    names = ", ".join(columns)
    found = connection.execute(
        f"SELECT json_group_array(json_array({names})) FROM (SELECT {names} {query})",  # noqa: S608  # our names
        values,
    )
    rows: list[list[Any]] = msgspec.json.decode(found.fetchone()[0])
    return rows


def _is_ours(connection: sqlite3.Connection) -> bool:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found != VERSION:
        return False
    connection.execute("SELECT * FROM state").fetchall()
    return True
