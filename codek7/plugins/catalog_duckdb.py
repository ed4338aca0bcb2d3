"""The built-in catalog: a DuckDB file in the home, opened for milliseconds at a time."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codek7.catalog import querying, reading
from codek7.catalog.effects import At, effects
from codek7.catalog.migrations import TABLES_OF_AN_ASSET
from codek7.catalog.opening import CatalogFile
from codek7.catalog.statements import batched
from codek7.core.assets import Asset
from codek7.core.errors import AssetNotFound
from codek7.core.events import AssetCreated, Event, JobFailed, WorkProgressed
from codek7.core.hookspecs import hookimpl
from codek7.core.ports import Catalog, Table

if TYPE_CHECKING:
    import duckdb


class DuckDBCatalog:
    """See `Catalog`. Safe to use from several threads and processes: each call waits for its turn."""

    def __init__(self, home: Path) -> None:
        self._file = CatalogFile(home)

    def apply(self, job_id: str, events: Sequence[Event]) -> None:
        """See `Catalog.apply`. On disk when it returns."""
        kept = [event for event in events if not isinstance(event, WorkProgressed)]
        if not kept:
            return
        with self._file.opened() as connection:
            at = At(job_id, time.time_ns() // 1000)
            events = _of_known_assets(connection, kept)
            for sql, values in batched(change for event in events for change in effects(event, at)):
                connection.execute(sql, values)

    def asset(self, asset_id: str) -> Asset:
        """See `Catalog.asset`."""
        with self._file.read() as connection:
            return reading.one_asset(connection, asset_id)

    def assets(self, *, source_sha256: str = "", limit: int = 1000) -> tuple[Asset, ...]:
        """See `Catalog.assets`."""
        with self._file.read() as connection:
            return reading.many_assets(connection, source_sha256, limit)

    def detail(self, asset_id: str) -> dict[str, Any]:
        """See `Catalog.detail`."""
        with self._file.read() as connection:
            return reading.detail(connection, asset_id)

    def remove(self, asset_id: str) -> None:
        """See `Catalog.remove`."""
        with self._file.opened() as connection:
            reading.one_asset(connection, asset_id)
            for table in TABLES_OF_AN_ASSET:
                connection.execute(f"DELETE FROM {table} WHERE asset_id = ?", [asset_id])  # noqa: S608  # our names
            connection.execute("DELETE FROM asset WHERE id = ?", [asset_id])

    def versions(self) -> tuple[tuple[str, str, bool, int], ...]:
        """See `Catalog.versions`."""
        with self._file.read() as connection:
            found = connection.execute(
                "SELECT asset_id, version, current, retired_us FROM version ORDER BY asset_id, published_us"
            )
            return tuple(found.fetchall())

    def forget_version(self, asset_id: str, version: str) -> None:
        """See `Catalog.forget_version`. Its renditions go with it."""
        with self._file.opened() as connection:
            for table in ("version", "rendition"):
                connection.execute(
                    f"DELETE FROM {table} WHERE asset_id = ? AND version = ?",  # noqa: S608  # our names
                    [asset_id, version],
                )

    def live_work(self, without: Collection[tuple[str, str]] = ()) -> frozenset[str]:
        """See `Catalog.live_work`."""
        with self._file.read() as connection:
            return reading.live_work(connection, without)

    def work_of(self, asset_id: str) -> frozenset[str]:
        """See `Catalog.work_of`."""
        with self._file.read() as connection:
            return reading.work_of(connection, asset_id)

    def query(self, sql: str, *, limit: int = 10_000) -> Table:
        """See `Catalog.query`. It runs on a copy, for at most `querying.TIMEOUT_S`."""
        return querying.run(self._file, sql, limit)


def _of_known_assets(connection: duckdb.DuckDBPyConnection, events: Sequence[Event]) -> list[Event]:
    """The events, without the failure of a job whose asset is not there (any more).

    Raises `AssetNotFound` for any other event of such an asset: it was removed while the job ran, and
    nothing may bring its rows back.
    """
    known = {row[0] for row in connection.execute(
        "SELECT id FROM asset WHERE id IN (SELECT unnest(?))", [[event.asset_id for event in events]]
    ).fetchall()}  # fmt: skip
    kept: list[Event] = []
    for event in events:
        if isinstance(event, AssetCreated):
            known.add(event.asset_id)
        if event.asset_id in known:
            kept.append(event)
        elif not isinstance(event, JobFailed):
            raise AssetNotFound(
                f"asset {event.asset_id!r} is not in the catalog: it was removed while it was worked on",
                hint="ingest its source again",
            )
    return kept


@hookimpl
def codek7_open_catalog(home: Path) -> Catalog:
    """Nothing is made or opened yet: the file appears when something is first written."""
    return DuckDBCatalog(home)
