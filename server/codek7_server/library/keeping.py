"""Writing the library: rows, index and vocabulary of assets that are new, changed or gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

from codek7.core.assets import Asset
from codek7_server.library.entries import (
    COLUMNS,
    Document,
    Entry,
    document_of,
    entry_in,
    entry_of,
    row_of,
    words_in,
)
from codek7_server.library.near import Vocabulary

_NAMES = f"{', '.join(COLUMNS)}, title_key"
_INTO_TEXT = "INSERT INTO text (rowid, title, tags, body, facets) VALUES (?, ?, ?, ?, ?)"
_OUT_OF_TEXT = "INSERT INTO text (text, rowid, title, tags, body, facets) VALUES ('delete', ?, ?, ?, ?, ?)"


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def keep(connection: sqlite3.Connection, vocabulary: Vocabulary, assets: Iterable[Asset]) -> None:
    """Bring the rows of assets up to date; those that are unknown come behind all others."""
    fresh: set[str] = set()
    for asset in sorted(assets, key=lambda asset: (asset.created_us, asset.id)):
        entry = entry_of(asset)
        known = _known(connection, entry.id)
        document = document_of(entry)
        if known is None:
            _insert(connection, entry, document)
        elif known[1] != entry:
            _update(connection, *known, entry, document)
        fresh.update(words_in(document))
    vocabulary.learn(fresh)


def drop(connection: sqlite3.Connection, ids: Collection[str]) -> None:
    """Forget assets that are gone."""
    for asset_id in ids:
        known = _known(connection, asset_id)
        if known is not None:
            number, entry = known
            connection.execute(_OUT_OF_TEXT, (number, *document_of(entry)))
            connection.execute("DELETE FROM asset WHERE number = ?", (number,))


def noted(connection: sqlite3.Connection, name: str) -> str:
    """What was noted under a name; empty for nothing."""
    row = connection.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def note(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Note something in the same transaction as what it tells of."""
    connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))


def _known(connection: sqlite3.Connection, asset_id: str) -> tuple[int, Entry] | None:
    row = connection.execute(
        f"SELECT number, {', '.join(COLUMNS)} FROM asset WHERE id = ?",  # noqa: S608  # our columns
        (asset_id,),
    ).fetchone()
    return (row[0], entry_in(row[1:])) if row else None


def _insert(connection: sqlite3.Connection, entry: Entry, document: Document) -> None:
    row = row_of(entry)
    done = connection.execute(
        f"INSERT INTO asset ({_NAMES}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608  # our columns
        row,
    )
    connection.execute(_INTO_TEXT, (done.lastrowid, *document))


def _update(
    connection: sqlite3.Connection, number: int, before: Entry, entry: Entry, document: Document
) -> None:
    row = row_of(entry)
    connection.execute(
        f"UPDATE asset SET ({_NAMES}) = ({', '.join('?' * len(row))}) WHERE number = ?",  # noqa: S608  # our columns
        (*row, number),
    )
    old = document_of(before)
    if old != document:
        connection.execute(_OUT_OF_TEXT, (number, *old))
        connection.execute(_INTO_TEXT, (number, *document))
