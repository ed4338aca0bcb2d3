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
    words_of,
)
from codek7_server.library.near import learn

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


def keep(connection: sqlite3.Connection, assets: Iterable[Asset]) -> None:
    """Bring the rows of assets up to date; those that are unknown come behind all others."""
    vocabulary: set[str] = set()
    for asset in sorted(assets, key=lambda asset: (asset.created_us, asset.id)):
        entry = entry_of(asset)
        known = _known(connection, entry.id)
        if known is None:
            _insert(connection, entry)
        elif known[1] != entry:
            _update(connection, *known, entry)
        else:
            continue
        if known is None or words_of(known[1]) != words_of(entry):
            vocabulary.update(word for words in words_of(entry) for word in words)
    learn(connection, vocabulary)


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


def _insert(connection: sqlite3.Connection, entry: Entry) -> None:
    row = row_of(entry)
    done = connection.execute(
        f"INSERT INTO asset ({_NAMES}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608  # our columns
        row,
    )
    connection.execute(_INTO_TEXT, (done.lastrowid, *document_of(entry)))


def _update(connection: sqlite3.Connection, number: int, before: Entry, entry: Entry) -> None:
    row = row_of(entry)
    connection.execute(
        f"UPDATE asset SET ({_NAMES}) = ({', '.join('?' * len(row))}) WHERE number = ?",  # noqa: S608  # our columns
        (*row, number),
    )
    old, new = document_of(before), document_of(entry)
    if old != new:
        _exchange(connection, number, old, new)


def _exchange(connection: sqlite3.Connection, number: int, old: Document, new: Document) -> None:
    connection.execute(_OUT_OF_TEXT, (number, *old))
    connection.execute(_INTO_TEXT, (number, *new))
