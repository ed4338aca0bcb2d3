"""Statements with their values apart. Names of tables and columns come from this package, values never do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Statement(NamedTuple):
    """SQL with a `?` for every value."""

    sql: str
    values: tuple[Any, ...] = ()


def insert(table: str, row: Mapping[str, Any], *, unless: str = "") -> Statement:
    """Insert one row; with `unless`, where a row has its values in these columns, update that one instead."""
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608  # our names
    if unless:
        kept = [name.strip() for name in unless.split(",")]
        changed = ", ".join(f"{name} = excluded.{name}" for name in row if name not in kept)
        sql += f" ON CONFLICT ({unless}) DO UPDATE SET {changed}"
    return Statement(sql, tuple(row.values()))
