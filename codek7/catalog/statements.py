"""Statements with their values apart. Names of tables and columns come from this package, values never do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple


class Statement(NamedTuple):
    """SQL with a `?` for every value."""

    sql: str
    values: tuple[Any, ...] = ()


class Row(NamedTuple):
    """A row to append to a table, by column."""

    table: str
    columns: Mapping[str, Any]


Change = Statement | Row
_ROWS_AT_ONCE = 100


def insert(table: str, row: Mapping[str, Any], *, unless: str) -> Statement:
    """Insert one row, or, where a row has its values in the columns `unless`, update that one instead."""
    kept = [name.strip() for name in unless.split(",")]
    changed = ", ".join(f"{name} = excluded.{name}" for name in row if name not in kept)
    into = _insert(table, tuple(row), 1)
    return Statement(f"{into} ON CONFLICT ({unless}) DO UPDATE SET {changed}", tuple(row.values()))


def batched(changes: Iterable[Change]) -> Iterator[Statement]:
    """The changes as statements, in order. Rows that follow each other go in many at a time, by table: a
    statement of a hundred rows takes little longer than one of one row."""
    waiting: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
    for change in changes:
        if isinstance(change, Row):
            like = change.table, tuple(change.columns)
            waiting.setdefault(like, []).append(tuple(change.columns.values()))
        else:
            yield from _appends(waiting)
            waiting.clear()
            yield change
    yield from _appends(waiting)


def _appends(waiting: Mapping[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]]) -> Iterator[Statement]:
    for (table, columns), rows in waiting.items():
        left = iter(rows)
        while some := list(islice(left, _ROWS_AT_ONCE)):
            yield Statement(_insert(table, columns, len(some)), tuple(value for row in some for value in row))


def _insert(table: str, columns: tuple[str, ...], rows: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}"  # noqa: S608  # our names
