"""Rows of the library that are found, in the orders there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, NamedTuple

import msgspec

from codek7_server.library.entries import COLUMNS, Entry, entry_in
from codek7_server.library.queries import Reader, Sorting, Term, is_found
from codek7_server.library.schema import rows_of

RANKED_AT_ONCE = 500
"""So many finds are ranked by themselves; of more, the index is asked tier by tier until a page is full."""
SORTED_AT_ONCE = 30_000
"""So many finds are put in order by themselves; of more, the order is walked until a page is full."""
MOST_WALKED = 10_000
"""Rows of the order that are looked at; where what is asked for is all at its other end, it is put in order
after all, however much that is."""
_LONGEST_STRIDE = 500
_KEYS = {"title": "title_key", "duration": "duration_us"}
_FOUND = "SELECT rowid AS found FROM text WHERE text MATCH ?"
_GIVEN = "SELECT value AS found FROM json_each(?)"
_SHOWN = "CROSS JOIN asset INDEXED BY asset_shown ON number"

Integer = Annotated[int, msgspec.Meta(ge=-(2**63) + 1, le=2**63 - 1)]
"""What SQLite can hold, its negative too: a cursor comes from outside."""


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Behind which row a page begins: in which tier, or behind which value, and the row's number."""

    sorting: Sorting
    number: Integer
    tier: Integer = 0
    value: str | Integer = 0


class Find(NamedTuple):
    """A row's number, and where it stands in the order."""

    number: int
    tier: int = 0
    value: str | int = 0


class Seen(NamedTuple):
    """A condition on the rows that a reader may find: most can be found by everybody, so that looking at each
    find is faster than looking through the index's longest list."""

    sql: str = "1"
    values: tuple[str, ...] = ()


class Looked(NamedTuple):
    """What is looked for: as the index finds it, and as single entries are looked at."""

    expression: str
    terms: Sequence[Term]
    facets: Sequence[str]


def seen_by(reader: Reader) -> Seen:
    """What a reader may find."""
    if reader.all:
        return Seen()
    return Seen("(listed OR owner = ?)", (reader.owner,)) if reader.owner else Seen("listed")


def entries(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[Entry]:
    """The rows of these numbers, in this order."""
    found = rows_of(
        connection,
        COLUMNS,
        "FROM (SELECT key AS place, value AS wanted FROM json_each(?)) CROSS JOIN asset ON number = wanted "
        "ORDER BY place LIMIT -1",
        (_json(numbers),),
    )
    return [entry_in(row) for row in found]


def few(connection: sqlite3.Connection, expression: str, seen: Seen) -> list[list[Any]] | None:
    """All finds, as number and the texts that rank them (title, tags, category), where they are few."""
    found = rows_of(
        connection,
        ("number", "title", "tags", "category"),
        f"FROM text CROSS JOIN asset ON number = text.rowid WHERE text MATCH ? AND {seen.sql} LIMIT ?",
        (expression, *seen.values, RANKED_AT_ONCE + 1),
    )
    return found if len(found) <= RANKED_AT_ONCE else None


def few_numbers(connection: sqlite3.Connection, expression: str) -> list[int] | None:
    """The numbers of all finds, where they are few enough to be put in order."""
    found = rows_of(connection, ("found",), f"FROM ({_FOUND} LIMIT ?)", (expression, SORTED_AT_ONCE + 1))
    return [number for (number,) in found] if len(found) <= SORTED_AT_ONCE else None


def newest(
    connection: sqlite3.Connection, expression: str, seen: Seen, most: int, before: int = 2**63 - 1
) -> list[int]:
    """The newest rows first. The index gives them in this order, so no more is read than asked for."""
    found = rows_of(
        connection,
        ("number",),
        f"FROM text {_SHOWN} = text.rowid WHERE text MATCH ? AND text.rowid < ? AND {seen.sql} "
        "ORDER BY text.rowid DESC LIMIT ?",
        (expression, before, *seen.values, most),
    )
    return [number for (number,) in found]


def by_number(
    connection: sqlite3.Connection,
    expression: str,
    seen: Seen,
    sorting: Sorting,
    most: int,
    place: Place | None,
) -> list[Find]:
    """In the order in which assets were created."""
    number = "text.rowid" if expression else "number"
    conditions = [seen.sql]
    values: list[object] = list(seen.values)
    if expression:
        conditions.append("text MATCH ?")
        values.append(expression)
    if place is not None:
        conditions.append(f"{number} {'<' if sorting.falling else '>'} ?")
        values.append(place.number)
    tables = f"text {_SHOWN} = text.rowid" if expression else "asset"
    way = "DESC" if sorting.falling else "ASC"
    found = rows_of(
        connection,
        ("number",),
        f"FROM {tables} WHERE {' AND '.join(conditions)} ORDER BY {number} {way} LIMIT ?",
        (*values, most),
    )
    return [Find(number) for (number,) in found]


def by_key(
    connection: sqlite3.Connection,
    numbers: Sequence[int],
    seen: Seen,
    sorting: Sorting,
    most: int,
    place: Place | None,
) -> list[Find]:
    """These rows, put in order."""
    return _sorted(connection, _GIVEN, _json(numbers), seen, sorting, most, place)


def walked(
    connection: sqlite3.Connection,
    looked_for: Looked,
    seen: Seen,
    sorting: Sorting,
    most: int,
    place: Place | None,
) -> Iterator[Find]:
    """In the key's order, row by row, until enough are found: there are many."""
    looked_at, stride = 0, most
    while looked_at < MOST_WALKED or not looked_for.expression:
        rows = _next(connection, seen, sorting, stride, place)
        for number, value, shown, *columns in rows:
            place = Place(sorting, number, value=value)
            if shown and is_found(entry_in(columns), looked_for.terms, looked_for.facets):
                yield Find(number, value=value)
                most -= 1
            if not most:
                return
        if len(rows) < stride:
            return
        looked_at, stride = looked_at + stride, min(2 * stride, _LONGEST_STRIDE)
    yield from _sorted(connection, _FOUND, looked_for.expression, seen, sorting, most, place)


def _next(
    connection: sqlite3.Connection, seen: Seen, sorting: Sorting, most: int, place: Place | None
) -> list[list[Any]]:
    """Rows behind a place: number, key, whether it is seen, and the columns of an entry."""
    behind, way = ("<", "DESC") if sorting.falling else (">", "ASC")
    key = _KEYS[sorting.by]
    after = f"{key} {behind}= ? AND ({key}, number) {behind} (?, ?)" if place is not None else "1"
    return rows_of(
        connection,
        ("number", key, "shown", *COLUMNS),
        f"FROM (SELECT *, {seen.sql} AS shown FROM asset WHERE {after} "  # noqa: S608  # our names
        f"ORDER BY {key} {way}, number {way} LIMIT ?)",
        (*seen.values, *((place.value, place.value, place.number) if place is not None else ()), most),
    )


def _sorted(
    connection: sqlite3.Connection,
    source: str,
    given: str,
    seen: Seen,
    sorting: Sorting,
    most: int,
    place: Place | None,
) -> list[Find]:
    behind, way = ("<", "DESC") if sorting.falling else (">", "ASC")
    key = _KEYS[sorting.by]
    after = f"({key}, number) {behind} (?, ?)" if place is not None else "1"
    found = rows_of(
        connection,
        ("number", key),
        f"FROM ({source}) {_SHOWN} = found WHERE {seen.sql} AND {after} "
        f"ORDER BY {key} {way}, number {way} LIMIT ?",
        (given, *seen.values, *((place.value, place.number) if place is not None else ()), most),
    )
    return [Find(number, value=value) for number, value in found]


def _json(numbers: Sequence[int]) -> str:
    return msgspec.json.encode(numbers).decode()
