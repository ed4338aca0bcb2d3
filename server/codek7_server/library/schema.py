"""The library's tables. Nothing here is the only copy of anything: another version begins anew."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from codek7_server.library.entries import COLUMNS

VERSION = 1
"""Changes with whatever changes the tables, the words or the facets of an asset."""

_NUMBERS = ("duration_us", "height", "created_us", "updated_us")
TABLES = (
    # Rows are numbered in the order in which assets were created, as far as that is known.
    f"""CREATE TABLE asset (
        number INTEGER PRIMARY KEY,
        {", ".join(f"{name} {'INTEGER' if name in _NUMBERS else 'TEXT'} NOT NULL" for name in COLUMNS)},
        title_key TEXT NOT NULL)""",
    "CREATE UNIQUE INDEX asset_id ON asset (id)",
    "CREATE INDEX asset_title ON asset (title_key)",
    "CREATE INDEX asset_duration ON asset (duration_us)",
    # Without its texts: they are made again from the row when it is taken out. ASCII's rules split at spaces
    # and leave everything beyond ASCII alone, as words come folded.
    """CREATE VIRTUAL TABLE text USING fts5(
        title, tags, body, facets, content = '', tokenize = 'ascii', prefix = '3 4')""",
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


def _is_ours(connection: sqlite3.Connection) -> bool:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found != VERSION:
        return False
    connection.execute("SELECT * FROM state").fetchall()
    return True
