"""Answering a query from the library, page by page."""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Annotated, NamedTuple

import msgspec

from codek7.core.errors import UsageError
from codek7.core.values import from_json
from codek7_server.library.entries import COLUMNS, Entry, document_of, entry_in
from codek7_server.library.queries import (
    Query,
    Reader,
    Sorting,
    Step,
    Term,
    completed,
    corrected,
    facets_of,
    filters_of,
    findable,
    is_found,
    matching,
    sorting_of,
    steps_of,
    terms_of,
    tier_of,
    tiers_of,
)
from codek7_server.library.words import words

RANKED_AT_ONCE = 500
"""So many finds are ranked by themselves; of more, the index is asked tier by tier until a page is full."""
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
    terms, facets, seen, most = terms_of(query.q), facets_of(query), _seen(reader), query.limit + 1
    filters = filters_of(facets)
    if query.q.strip() and not terms:
        return  # nothing but signs, which are in no text
    if sorting.by == "relevance":
        yield from _by_relevance(connection, terms, filters, seen, most, place)
        return
    meant = completed(connection, terms)
    if terms and not _any(connection, matching(meant, filters), seen):
        meant = corrected(connection, terms) or terms
    expression = matching(meant, filters)
    if sorting.by == "created" and not expression and not reader.all:
        yield from _by_number(connection, findable(reader), Seen(), sorting, most, place)
    elif sorting.by == "created":
        yield from _by_number(connection, expression, seen, sorting, most, place)
    elif expression and _is_few(connection, expression):
        yield from _sorted(connection, expression, seen, sorting, most, place)
    else:
        yield from _walked(connection, meant, facets, seen, sorting, most, place)


def _seen(reader: Reader) -> Seen:
    listed = "state = 'published' AND visibility = 'public'"
    if reader.all:
        return Seen()
    return Seen(f"({listed} OR owner = ?)", (reader.owner,)) if reader.owner else Seen(f"({listed})")


def _by_relevance(
    connection: sqlite3.Connection,
    terms: list[Term],
    filters: list[str],
    seen: Seen,
    most: int,
    place: Place | None,
) -> Iterator[Find]:
    """What was written; only where there is none of that, what may have been meant."""
    written = completed(connection, terms)
    if place is None or place.tier < MEANT:
        found = False
        for find in _ranked(connection, written, filters, seen, most, place, 0):
            found = True
            yield find
        if found or place is not None:
            return
    if meant := corrected(connection, terms):
        yield from _ranked(connection, meant, filters, seen, most, place, MEANT)


def _ranked(
    connection: sqlite3.Connection,
    terms: list[Term],
    filters: list[str],
    seen: Seen,
    most: int,
    place: Place | None,
    first: int,
) -> Iterator[Find]:
    """The tiers from `first` on."""
    steps = steps_of(terms)
    few = _few(connection, matching(terms, filters), seen)
    if few is not None:
        ranked = ((first + _tier(steps, *row[1:]), -row[0]) for row in few)
        behind = (place.tier, -place.number) if place is not None else (-1, 0)
        for tier, number in sorted(find for find in ranked if find > behind)[:most]:
            yield Find(-number, tier)
        return
    for tier, expression in enumerate(tiers_of(steps, filters), first):
        if most and (place is None or tier >= place.tier):
            before = place.number if place is not None and tier == place.tier else None
            for number in _newest(connection, expression, seen, most, before):
                most -= 1
                yield Find(number, tier)


def _few(
    connection: sqlite3.Connection, expression: str, seen: Seen
) -> list[tuple[int, str, str, str]] | None:
    """All finds, with the texts that rank them, where they are few."""
    found = connection.execute(
        "SELECT number, asset.title, asset.tags, category "  # noqa: S608  # our names
        f"FROM text CROSS JOIN asset ON number = text.rowid WHERE text MATCH ? AND {seen.sql} LIMIT ?",
        (expression, *seen.values, RANKED_AT_ONCE + 1),
    ).fetchall()
    return found if len(found) <= RANKED_AT_ONCE else None


def _tier(steps: list[Step], title: str, tags: str, category: str) -> int:
    named = words(title)
    return tier_of(steps, named, named + words(" ".join((*msgspec.json.decode(tags), category))))


def _newest(
    connection: sqlite3.Connection, expression: str, seen: Seen, most: int, before: int | None
) -> Iterator[int]:
    """The newest rows first. The index gives them in this order, so no more is read than asked for."""
    found = connection.execute(
        "SELECT number FROM text CROSS JOIN asset ON number = text.rowid "  # noqa: S608  # our names
        f"WHERE text MATCH ? AND {'1' if before is None else f'text.rowid < {before}'} AND {seen.sql} "
        "ORDER BY text.rowid DESC LIMIT ?",
        (expression, *seen.values, most),
    )
    for row in found:
        yield row[0]


def _any(connection: sqlite3.Connection, expression: str, seen: Seen) -> bool:
    return any(True for _ in _newest(connection, expression, seen, 1, None))


def _by_number(
    connection: sqlite3.Connection,
    expression: str,
    seen: Seen,
    sorting: Sorting,
    most: int,
    place: Place | None,
) -> Iterator[Find]:
    number = "text.rowid" if expression else "number"
    conditions = [seen.sql]
    values: list[object] = list(seen.values)
    if expression:
        conditions.append("text MATCH ?")
        values.append(expression)
    if place is not None:
        conditions.append(f"{number} {'<' if sorting.falling else '>'} {place.number}")
    tables = "text CROSS JOIN asset ON number = text.rowid" if expression else "asset"
    found = connection.execute(
        f"SELECT number FROM {tables} WHERE {' AND '.join(conditions)} "  # noqa: S608  # our names
        f"ORDER BY {number} {'DESC' if sorting.falling else 'ASC'} LIMIT {most}",
        values,
    )
    for row in found:
        yield Find(row[0])


def _sorted(
    connection: sqlite3.Connection,
    expression: str,
    seen: Seen,
    sorting: Sorting,
    most: int,
    place: Place | None,
) -> Iterator[Find]:
    """The few that are found, put in order. The sign keeps the key's own order out of it."""
    behind, way = ("<", "DESC") if sorting.falling else (">", "ASC")
    key = _KEYS[sorting.by]
    after = f"(+{key}, +number) {behind} (?, ?)" if place is not None else "1"
    found = connection.execute(
        f"SELECT number, {key} FROM asset WHERE number IN (SELECT rowid FROM text WHERE text MATCH ?) "  # noqa: S608  # our names
        f"AND {seen.sql} AND {after} ORDER BY +{key} {way}, number {way} LIMIT ?",
        (expression, *seen.values, *((place.value, place.number) if place is not None else ()), most),
    )
    for number, value in found:
        yield Find(number, value=value)


def _walked(
    connection: sqlite3.Connection,
    terms: list[Term],
    facets: list[str],
    seen: Seen,
    sorting: Sorting,
    most: int,
    place: Place | None,
) -> Iterator[Find]:
    """In the key's order, row by row, until enough are found: there are many."""
    behind, way = ("<", "DESC") if sorting.falling else (">", "ASC")
    key = _KEYS[sorting.by]
    after = f"{key} {behind}= ? AND ({key}, number) {behind} (?, ?)" if place is not None else "1"
    rows = connection.execute(
        f"SELECT number, {key}, {', '.join(COLUMNS)} FROM asset WHERE {after} AND {seen.sql} "  # noqa: S608  # our names
        f"ORDER BY {key} {way}, number {way}",
        (*((place.value, place.value, place.number) if place is not None else ()), *seen.values),
    )
    for number, value, *columns in rows:
        if is_found(document_of(entry_in(tuple(columns))), terms, facets):
            yield Find(number, value=value)
            most -= 1
        if not most:
            return


def _is_few(connection: sqlite3.Connection, expression: str) -> bool:
    found = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM text WHERE text MATCH ? LIMIT ?)",
        (expression, SORTED_AT_ONCE + 1),
    )
    return bool(found.fetchone()[0] <= SORTED_AT_ONCE)


def _cursor(place: Place) -> str:
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def _place(cursor: str, sorting: Sorting) -> Place | None:
    if not cursor:
        return None
    try:
        place = from_json(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), Place)
    except (ValueError, msgspec.MsgspecError) as error:
        raise UsageError("not a cursor of this list", hint="begin again without one") from error
    if place.sorting != sorting or isinstance(place.value, str) != (sorting.by == "title"):
        raise UsageError("a cursor of another order", hint="begin again without one")
    return place
