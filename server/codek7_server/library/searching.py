"""Answering a query from the library, page by page."""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from codek7.core.errors import UsageError
from codek7_server.library.entries import COLUMNS, Entry, entry_in
from codek7_server.library.queries import (
    Query,
    Reader,
    Sorting,
    Term,
    completed,
    corrected,
    filters_of,
    matching,
    sorting_of,
    terms_of,
    tiers_of,
)

SORTED_AT_ONCE = 10_000
"""So many finds are put in order by themselves; of more, the order is walked until a page is full."""
MEANT = 10
"""The tiers of what may have been meant are counted from here."""
_KEYS = {"title": "title_key", "duration": "duration_us"}
_ENTRY = f"SELECT {', '.join(COLUMNS)} FROM asset WHERE number = ?"  # noqa: S608  # our columns


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some of what was asked for, and where the next page begins; None after the last."""

    items: tuple[Entry, ...]
    next: str | None = None


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Behind which row a page begins: in which tier, or behind which value, and the row's number."""

    sorting: Sorting
    number: int
    tier: int = 0
    value: str | int = 0


class Find(NamedTuple):
    """A row's number, and where it stands in the order."""

    number: int
    tier: int = 0
    value: str | int = 0


def search(connection: sqlite3.Connection, query: Query, reader: Reader) -> Page:
    """One page. Rows are in the order asked for; rows that are added meanwhile neither repeat nor hide any.
    Raises `UsageError` for a cursor that is none of this query's."""
    sorting = sorting_of(query)
    place = _place(query.cursor, sorting)
    connection.execute("BEGIN")
    try:
        found = list(_finds(connection, query, reader, sorting, place))[: query.limit + 1]
        rows = [connection.execute(_ENTRY, (find.number,)).fetchone() for find in found[: query.limit]]
    finally:
        connection.execute("COMMIT")
    after = None
    if len(found) > query.limit:
        last = found[query.limit - 1]
        after = _cursor(Place(sorting, last.number, last.tier, last.value))
    return Page(items=tuple(map(entry_in, rows)), next=after)


def _finds(
    connection: sqlite3.Connection, query: Query, reader: Reader, sorting: Sorting, place: Place | None
) -> Iterator[Find]:
    terms, filters = terms_of(query.q), filters_of(query, reader)
    if query.q.strip() and not terms:
        return  # nothing but signs, which are in no text
    exact = completed(connection, terms)
    if sorting.by == "relevance":
        yield from _by_relevance(connection, query, terms, exact, filters, place)
        return
    expression = matching(exact, filters)
    if terms and not _any(connection, expression):
        expression = matching(corrected(connection, terms) or exact, filters)
    if sorting.by == "created":
        yield from _by_number(connection, expression, sorting, query.limit + 1, place)
    else:
        yield from _by_key(connection, expression, sorting, query.limit + 1, place)


def _by_relevance(
    connection: sqlite3.Connection,
    query: Query,
    terms: list[Term],
    exact: list[Term],
    filters: list[str],
    place: Place | None,
) -> Iterator[Find]:
    """What was written; only where there is none of that, what may have been meant."""
    found = False
    if place is None or place.tier < MEANT:
        for find in _by_tier(connection, tiers_of(exact, filters), query.limit + 1, place, 0):
            found = True
            yield find
    if place.tier >= MEANT if place else not found:
        meant = corrected(connection, terms)
        if meant:
            yield from _by_tier(connection, tiers_of(meant, filters), query.limit + 1, place, MEANT)


def _by_tier(
    connection: sqlite3.Connection, tiers: list[str], most: int, place: Place | None, first: int
) -> Iterator[Find]:
    left = most
    for tier, expression in enumerate(tiers, first):
        if left and (place is None or tier >= place.tier):
            before = place.number if place is not None and tier == place.tier else None
            for number in _numbers(connection, expression, left, before=before):
                left -= 1
                yield Find(number, tier)


def _numbers(
    connection: sqlite3.Connection, expression: str, most: int, *, before: int | None
) -> Iterator[int]:
    """The newest rows first. The index gives them in this order, so no more is read than asked for."""
    values: list[object] = [expression]
    if before is not None:
        values.append(before)
    found = connection.execute(
        f"SELECT rowid FROM text WHERE text MATCH ? {'' if before is None else 'AND rowid < ?'} "  # noqa: S608  # ours
        "ORDER BY rowid DESC LIMIT ?",
        (*values, most),
    )
    for row in found:
        yield row[0]


def _any(connection: sqlite3.Connection, expression: str) -> bool:
    found = connection.execute("SELECT 1 FROM text WHERE text MATCH ? LIMIT 1", (expression,))
    return found.fetchone() is not None


def _by_number(
    connection: sqlite3.Connection, expression: str, sorting: Sorting, most: int, place: Place | None
) -> Iterator[Find]:
    table, number = ("text", "rowid") if expression else ("asset", "number")
    conditions, values = [], []
    if expression:
        conditions.append("text MATCH ?")
        values.append(expression)
    if place is not None:
        conditions.append(f"{number} {'<' if sorting.falling else '>'} {place.number}")
    found = connection.execute(
        f"SELECT {number} FROM {table} {_where(conditions)} "  # noqa: S608  # our names
        f"ORDER BY {number} {'DESC' if sorting.falling else 'ASC'} LIMIT {most}",
        values,
    )
    for row in found:
        yield Find(row[0])


def _by_key(
    connection: sqlite3.Connection, expression: str, sorting: Sorting, most: int, place: Place | None
) -> Iterator[Find]:
    key, way = _KEYS[sorting.by], "DESC" if sorting.falling else "ASC"
    conditions: list[str] = []
    values: list[object] = []
    few = bool(expression) and _is_few(connection, expression)
    if few:
        key = f"+{key}"  # the sign keeps the key's index out of it: the few are looked up, then sorted
        conditions.append("number IN (SELECT rowid FROM text WHERE text MATCH ?)")
        values.append(expression)
    elif expression:
        conditions.append("EXISTS (SELECT 1 FROM text WHERE text MATCH ? AND text.rowid = number)")
        values.append(expression)
    if place is not None:
        conditions.append(f"({key}, +number) {'<' if sorting.falling else '>'} (?, ?)")
        values += [place.value, place.number]
        if not few:
            conditions.append(f"{key} {'<=' if sorting.falling else '>='} ?")
            values.append(place.value)
    found = connection.execute(
        f"SELECT number, {key} FROM asset {_where(conditions)} "  # noqa: S608  # our names
        f"ORDER BY {key} {way}, number {way} LIMIT {most}",
        values,
    )
    for number, value in found:
        yield Find(number, value=value)


def _is_few(connection: sqlite3.Connection, expression: str) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM text WHERE text MATCH ? LIMIT ?)",
        (expression, SORTED_AT_ONCE + 1),
    )
    return bool(found.fetchone()[0] <= SORTED_AT_ONCE)


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(cursor: str, sorting: Sorting) -> Place | None:
    if not cursor:
        return None
    try:
        place = msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=Place)
    except (ValueError, msgspec.MsgspecError) as error:
        raise UsageError("not a cursor of this list", hint="begin again without one") from error
    if place.sorting != sorting or isinstance(place.value, str) != (sorting.by == "title"):
        raise UsageError("a cursor of another order", hint="begin again without one")
    return place
