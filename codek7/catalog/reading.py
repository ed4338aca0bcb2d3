"""Rows as values."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from codek7.core.assets import Asset
from codek7.core.errors import AssetNotFound
from codek7.core.values import from_plain, to_json

if TYPE_CHECKING:
    import duckdb

_ASSETS = (
    "SELECT asset.*, {'uri': uri, 'sha256': sha256, 'size_bytes': size_bytes} AS source "
    "FROM asset JOIN source ON source.asset_id = asset.id "
)


def rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict[str, Any]]:
    """A query's rows by column name."""
    done = connection.execute(sql, values)
    names = [column[0] for column in done.description or ()]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


def one_asset(connection: duckdb.DuckDBPyConnection, asset_id: str) -> Asset:
    """Raises `AssetNotFound`."""
    found = rows(connection, f"{_ASSETS} WHERE asset.id = ?", asset_id)
    if not found:
        raise asset_not_found(asset_id)
    return from_plain(found[0], Asset)


def asset_not_found(asset_id: str) -> AssetNotFound:
    """The error that names the id."""
    return AssetNotFound(f"no asset has the id {asset_id!r}", hint="`codek7 ls` lists all")


def many_assets(connection: duckdb.DuckDBPyConnection, sha256: str, limit: int) -> tuple[Asset, ...]:
    """Newest first."""
    found = rows(
        connection,
        f"{_ASSETS} WHERE (? = '' OR sha256 = ?) ORDER BY created_us DESC, asset.id LIMIT ?",
        sha256, sha256, limit,
    )  # fmt: skip
    return tuple(from_plain(row, Asset) for row in found)


def detail(connection: duckdb.DuckDBPyConnection, asset_id: str) -> dict[str, Any]:
    """Everything, as plain values: see `Catalog.detail`."""
    asset = json.loads(to_json(one_asset(connection, asset_id)))

    def of(table: str, order: str) -> list[dict[str, Any]]:
        sql = f"SELECT * EXCLUDE (asset_id) FROM {table} WHERE asset_id = ? ORDER BY {order}"  # noqa: S608  # our names
        return rows(connection, sql, asset_id)

    attempts, history = of("attempt", "started_us"), of("event", "id")
    info = of("source", "asset_id")[0]["info"]
    return {
        "asset": asset,
        "media": json.loads(info) if info else None,
        "ladders": [_planned(row) for row in of("ladder", "planned_us")],
        "renditions": of("rendition", "version, kind DESC, size_bytes"),
        "versions": of("version", "published_us"),
        "verdicts": of("verdict", "given_us"),
        "jobs": [
            {**job, "attempts": [_without_job(a) for a in attempts if a["job_id"] == job["id"]]}
            for job in of("job", "started_us")
        ],
        "measurements": of("measurement", "measured_us"),
        "events": [{**row, "event": json.loads(row["event"])} for row in history],
    }


def _planned(row: dict[str, Any]) -> dict[str, Any]:
    """The whole ladder, and what was planned with it."""
    told = ("job_id", "hash", "segments", "chunks", "objects", "reused", "duration_us", "planned_us")
    return {**{name: row[name] for name in told}, "ladder": json.loads(row["ladder"])}


def _without_job(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "job_id"}


def live_work(
    connection: duckdb.DuckDBPyConnection, without: Collection[tuple[str, str]] = ()
) -> frozenset[str]:
    """See `Catalog.live_work`.

    A job that ended without its presentation because someone or something stopped it, or that waits for a
    person, will go on: its asset's chunks stay. Of a version that can still be fetched, what it is made of
    stays, and the sample pictures with it.
    """
    found = connection.execute(
        """
        WITH unfinished AS (
            SELECT DISTINCT asset_id FROM job WHERE state IN ('working', 'held', 'interrupted')),
        gone AS (
            SELECT unnest($assets::VARCHAR[]) AS asset_id, unnest($versions::VARCHAR[]) AS version),
        playable AS (
            SELECT asset_id, version FROM version ANTI JOIN gone USING (asset_id, version)),
        made AS (
            SELECT asset_id, version, unnest(segments).key AS key FROM rendition)
        SELECT key FROM chunk WHERE asset_id IN (FROM unfinished)
        UNION
        SELECT key FROM chunk WHERE rendition = 'samples' AND asset_id IN (SELECT asset_id FROM playable)
        UNION
        SELECT key FROM made WHERE asset_id IN (FROM unfinished)
            OR (asset_id, version) IN (SELECT (asset_id, version) FROM playable)
        """,
        {"assets": [asset for asset, _ in without], "versions": [version for _, version in without]},
    )
    return frozenset(row[0] for row in found.fetchall())


def work_of(connection: duckdb.DuckDBPyConnection, asset_id: str) -> frozenset[str]:
    """See `Catalog.work_of`."""
    found = connection.execute(
        """
        SELECT key FROM chunk WHERE asset_id = $asset
        UNION
        SELECT unnest(segments).key FROM rendition WHERE asset_id = $asset
        """,
        {"asset": asset_id},
    )
    return frozenset(row[0] for row in found.fetchall())
