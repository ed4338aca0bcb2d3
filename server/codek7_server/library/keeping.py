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
from codek7_server.library.words import is_unspaced

_NAMES = f"{', '.join(COLUMNS)}, title_key, listed"
_INTO_TEXT = "INSERT INTO text (rowid, words) VALUES (?, ?)"
_OUT_OF_TEXT = "INSERT INTO text (text, rowid, words) VALUES ('delete', ?, ?)"


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
        fresh.update(word for word in words_in(document) if not is_unspaced(word))
    vocabulary.learn(fresh)


def has(connection: sqlite3.Connection, asset_id: str) -> bool:
    """Whether the asset is in the library."""
    return _known(connection, asset_id) is not None


def drop(connection: sqlite3.Connection, ids: Collection[str]) -> None:
    """Forget assets that are gone."""
    for number, entry in sorted(filter(None, (_known(connection, each) for each in ids))):
        connection.execute(_OUT_OF_TEXT, (number, " ".join(document_of(entry))))
        connection.execute("DELETE FROM asset WHERE number = ?", (number,))


def merge(connection: sqlite3.Connection, pages: int) -> bool:
    """A step of making one part of all that the index consists of, so that a search has one to look into;
    whether more are needed. What is written later is merged as it comes."""
    begun = noted(connection, "merging") == "+"
    before = connection.total_changes
    with writing(connection):
        connection.execute("INSERT INTO text (text, rank) VALUES ('merge', ?)", (pages if begun else -pages,))
        more = not begun or connection.total_changes - before > 1
        note(connection, "merging", "+" if more else "")
    return more


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
    connection.execute(_INTO_TEXT, (done.lastrowid, " ".join(document)))


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
        connection.execute(_OUT_OF_TEXT, (number, " ".join(old)))
        connection.execute(_INTO_TEXT, (number, " ".join(document)))
