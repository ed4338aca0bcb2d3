"""Rows as values."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from codek7.core.assets import Asset
from codek7.core.errors import AssetNotFound, JobNotFound
from codek7.core.events import Noted
from codek7.core.jobs import Job, JobRequest
from codek7.core.ports import WITHDRAWN_US
from codek7.core.values import from_json, from_plain, to_json

if TYPE_CHECKING:
    import duckdb

_BY_PLACE = """
WITH wanted AS MATERIALIZED (
    SELECT rowid AS place, id FROM asset WHERE %s ORDER BY %s LIMIT $limit),
assets AS MATERIALIZED (
    FROM asset WHERE rowid IN (SELECT place FROM wanted)),
sources AS MATERIALIZED (
    SELECT asset_id, uri, sha256, size_bytes FROM source
    WHERE rowid IN (SELECT source.rowid FROM source SEMI JOIN wanted ON wanted.id = asset_id))
SELECT * FROM assets JOIN sources ON asset_id = id ORDER BY %s
"""
"""Rows are wide: which ones are wanted is found out from as few columns as are asked about."""


def rows(connection: duckdb.DuckDBPyConnection, sql: str, *values: object) -> list[dict[str, Any]]:
    """A query's rows by column name; values by their place, or one mapping of them by name."""
    named = values[0] if len(values) == 1 and isinstance(values[0], dict) else values
    done = connection.execute(sql, named)
    names = [column[0] for column in done.description or ()]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


def one_asset(connection: duckdb.DuckDBPyConnection, asset_id: str) -> Asset:
    """Raises `AssetNotFound`."""
    found = _assets_by_key(connection, [asset_id])
    if not found:
        raise asset_not_found(asset_id)
    return found[0]


def _assets_by_key(connection: duckdb.DuckDBPyConnection, ids: Collection[str]) -> list[Asset]:
    """Newest first. The keys are written out, and one table is asked after the other, so that the tables'
    indexes are used: a join, an order or a value that is a list would have all rows looked at."""
    if not ids:
        return []
    keys = f"({', '.join('?' * len(ids))})"
    whence = f"SELECT asset_id, uri, sha256, size_bytes FROM source WHERE asset_id IN {keys}"  # noqa: S608  # marks
    sources = rows(connection, whence, *ids)
    by_id = {row["asset_id"]: row for row in sources}
    found = rows(connection, f"FROM asset WHERE id IN {keys}", *ids)
    assets = [_asset({**row, **by_id[row["id"]]}) for row in found if row["id"] in by_id]
    return sorted(assets, key=lambda asset: (-asset.created_us, asset.id))


def _asset(row: dict[str, Any]) -> Asset:
    source = {name: row[name] for name in ("uri", "sha256", "size_bytes")}
    return from_plain({**row, "custom": json.loads(row["custom"]), "source": source}, Asset)


def asset_not_found(asset_id: str) -> AssetNotFound:
    """The error that names the id."""
    return AssetNotFound(f"no asset has the id {asset_id!r}", hint="`codek7 ls` lists all")


def many_assets(
    connection: duckdb.DuckDBPyConnection,
    *,
    source_sha256: str = "",
    ids: Collection[str] | None = None,
    since: tuple[int, str] | None = None,
    limit: int = 1000,
) -> tuple[Asset, ...]:
    """See `Catalog.assets`."""
    if ids is not None and not source_sha256 and since is None:
        return tuple(_assets_by_key(connection, set(ids))[:limit])
    conditions = ["true"]
    values: dict[str, object] = {"limit": limit}
    order = "created_us DESC, id"
    if source_sha256:
        conditions.append("id IN (SELECT asset_id FROM source WHERE sha256 = $sha256)")
        values |= {"sha256": source_sha256}
    if ids is not None:
        conditions.append("id IN (SELECT unnest($ids::VARCHAR[]))")
        values |= {"ids": list(ids)}
    if since is not None:
        conditions.append("created_us >= $us AND (created_us > $us OR id > $after)")
        values |= {"us": since[0], "after": since[1]}
        order = "created_us, id"
    found = rows(connection, _BY_PLACE % (" AND ".join(conditions), order, order), values)
    return tuple(map(_asset, found))


def versions(
    connection: duckdb.DuckDBPyConnection, asset_id: str, withdrawn: bool
) -> tuple[tuple[str, str, bool, int], ...]:
    """See `Catalog.versions`."""
    found = connection.execute(
        "SELECT asset_id, version, current, retired_us FROM version "
        "WHERE ($asset = '' OR asset_id = $asset) AND (NOT $withdrawn OR retired_us = $when) "
        "ORDER BY asset_id, published_us",
        {"asset": asset_id, "withdrawn": withdrawn, "when": WITHDRAWN_US},
    )
    return tuple(found.fetchall())


def detail(
    connection: duckdb.DuckDBPyConnection, asset_id: str, parts: Collection[str] = ()
) -> dict[str, Any]:
    """Everything, or the parts named, as plain values: see `Catalog.detail`."""
    asset = one_asset(connection, asset_id)

    def of(table: str, order: str) -> list[dict[str, Any]]:
        sql = f"SELECT * EXCLUDE (asset_id) FROM {table} WHERE asset_id = ? ORDER BY {order}"  # noqa: S608  # our names
        return rows(connection, sql, asset_id)

    def media() -> Any:
        info = of("source", "asset_id")[0]["info"]
        return json.loads(info) if info else None

    def jobs() -> list[dict[str, Any]]:
        attempts = of("attempt", "started_us")
        return [
            {**job, "attempts": [_without_job(a) for a in attempts if a["job_id"] == job["id"]]}
            for job in of("job", "started_us")
        ]

    ways: dict[str, Callable[[], Any]] = {
        "asset": lambda: json.loads(to_json(asset)),
        "media": media,
        "ladders": lambda: [_planned(row) for row in of("ladder", "planned_us")],
        "renditions": lambda: of("rendition", "version, kind DESC, size_bytes"),
        "versions": lambda: of("version", "published_us"),
        "verdicts": lambda: of("verdict", "given_us"),
        "jobs": jobs,
        "measurements": lambda: of("measurement", "measured_us"),
        "events": lambda: [{**row, "event": json.loads(row["event"])} for row in of("event", "id")],
    }
    only = {"rates": lambda: _rates(connection, asset)}
    return {part: (ways | only)[part]() for part in parts or ways}


def _rates(connection: duckdb.DuckDBPyConnection, asset: Asset) -> list[dict[str, Any]]:
    """The renditions of what is published now, without their many segments."""
    return rows(
        connection,
        "SELECT * EXCLUDE (asset_id, version, segments, init_sha256) FROM rendition "
        "WHERE asset_id = ? AND version = ? ORDER BY kind DESC, size_bytes",
        asset.id, asset.version,
    )  # fmt: skip


def _planned(row: dict[str, Any]) -> dict[str, Any]:
    """The whole ladder, and what was planned with it."""
    told = ("job_id", "hash", "segments", "chunks", "objects", "reused", "duration_us", "planned_us")
    return {**{name: row[name] for name in told}, "ladder": json.loads(row["ladder"])}


def _without_job(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "job_id"}


_JOBS = """
SELECT job.* REPLACE (nullif(request, '') AS request), coalesce(source.sha256, '') AS source_sha256,
    CASE WHEN queued_us > 0 THEN queued_us ELSE started_us END AS since_us
FROM job LEFT JOIN source ON source.asset_id = job.asset_id
"""


def one_job(connection: duckdb.DuckDBPyConnection, job_id: str) -> Job:
    """Raises `JobNotFound`."""
    found = rows(connection, f"{_JOBS} WHERE job.id = ?", job_id)
    if not found:
        raise JobNotFound(f"no job has the id {job_id!r}")
    return _job(found[0])


def many_jobs(
    connection: duckdb.DuckDBPyConnection,
    states: Collection[str],
    asset_id: str,
    owner: str,
    before: tuple[int, str] | None,
    limit: int,
) -> tuple[Job, ...]:
    """See `Catalog.jobs`."""
    since_us, last = before or (0, "")
    found = rows(
        connection,
        f"FROM ({_JOBS}) WHERE (len(?::VARCHAR[]) = 0 OR state IN (SELECT unnest(?::VARCHAR[]))) "
        "AND (? = '' OR asset_id = ?) AND (? = '' OR owner = ?) "
        "AND (? OR (since_us, id) < (?, ?)) ORDER BY since_us DESC, id DESC LIMIT ?",
        list(states), list(states), asset_id, asset_id, owner, owner, before is None, since_us, last, limit,
    )  # fmt: skip
    return tuple(map(_job, found))


def _job(row: dict[str, Any]) -> Job:
    request = row.pop("request")
    job = from_plain({name: value for name, value in row.items() if value is not None}, Job)
    return replace(job, request=from_json(request, JobRequest)) if request else job


def history(
    connection: duckdb.DuckDBPyConnection, after: int, asset_id: str, limit: int
) -> tuple[Noted, ...]:
    """See `Catalog.history`."""
    found = rows(
        connection,
        "FROM event WHERE id > ? AND (? = '' OR asset_id = ?) ORDER BY id LIMIT ?",
        after, asset_id, asset_id, limit,
    )  # fmt: skip
    return tuple(from_plain({**row, "event": json.loads(row["event"])}, Noted) for row in found)


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
            SELECT DISTINCT asset_id FROM job WHERE state IN ('queued', 'working', 'held', 'interrupted')),
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
