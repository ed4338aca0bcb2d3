"""Answering a query from the library, page by page."""

from __future__ import annotations

import sqlite3
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator

import msgspec

from codek7.core.errors import UsageError
from codek7.core.values import from_json
from codek7_server.library.entries import Entry
from codek7_server.library.finds import (
    Find,
    Looked,
    Place,
    Seen,
    by_key,
    by_number,
    entries,
    few,
    few_numbers,
    newest,
    seen_by,
    walked,
)
from codek7_server.library.queries import (
    Query,
    Reader,
    Sorting,
    Step,
    Term,
    completed,
    corrected,
    facets_for,
    filters_of,
    findable,
    matching,
    sorting_of,
    steps_of,
    terms_of,
    tier_of,
    tiers_of,
)
from codek7_server.library.words import words

MEANT = 10
"""The tiers of what may have been meant are counted from here."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some of what was asked for, and where the next page begins; None after the last."""

    items: tuple[Entry, ...]
    next: str | None = None


def search(connection: sqlite3.Connection, query: Query, reader: Reader) -> Page:
    """One page. Rows are in the order asked for; rows that are added meanwhile neither repeat nor hide any.
    Raises `UsageError` for a cursor that is none of this query's."""
    sorting = sorting_of(query)
    place = _place(query.cursor, sorting)
    connection.execute("BEGIN")
    try:
        found = list(_finds(connection, query, reader, sorting, place))[: query.limit + 1]
        items = entries(connection, [find.number for find in found[: query.limit]])
    finally:
        connection.execute("COMMIT")
    after = None
    if len(found) > query.limit:
        last = found[query.limit - 1]
        after = _cursor(Place(sorting, last.number, last.tier, last.value))
    return Page(items=tuple(items), next=after)


def _finds(
    connection: sqlite3.Connection, query: Query, reader: Reader, sorting: Sorting, place: Place | None
) -> Iterator[Find]:
    terms, facets, seen, most = terms_of(query.q), facets_for(query), seen_by(reader), query.limit + 1
    filters = filters_of(facets)
    if query.q.strip() and not terms:
        return  # nothing but signs, which are in no text
    if sorting.by == "relevance":
        yield from _by_relevance(connection, terms, filters, seen, most, place)
        return
    meant = completed(connection, terms)
    if terms and not newest(connection, matching(meant, filters), seen, 1):
        meant = corrected(connection, terms) or terms
    expression = matching(meant, filters)
    numbers = few_numbers(connection, expression) if expression and sorting.by != "created" else None
    if not expression and not reader.all:
        expression = findable(reader)
    if sorting.by == "created":
        yield from by_number(connection, expression, seen, sorting, most, place)
    elif numbers is not None:
        yield from by_key(connection, numbers, seen, sorting, most, place)
    else:
        yield from walked(connection, Looked(expression, meant, facets), seen, sorting, most, place)


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
    found = few(connection, matching(terms, filters), seen)
    if found is not None:
        ranked = ((first + _tier(steps, *row[1:]), -row[0]) for row in found)
        behind = (place.tier, -place.number) if place is not None else (-1, 0)
        for tier, number in sorted(find for find in ranked if find > behind)[:most]:
            yield Find(-number, tier)
        return
    for tier, expression in enumerate(tiers_of(steps, filters), first):
        if most and (place is None or tier >= place.tier):
            behind_it = (place.number,) if place is not None and tier == place.tier else ()
            for number in newest(connection, expression, seen, most, *behind_it):
                most -= 1
                yield Find(number, tier)


def _tier(steps: list[Step], title: str, tags: str, category: str) -> int:
    named = words(title)
    return tier_of(steps, named, named + words(" ".join((*msgspec.json.decode(tags), category))))


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
