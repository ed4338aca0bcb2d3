"""Rows of what viewers experienced, and their sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from codek7.catalog.statements import Row, batched
from codek7.core.errors import AssetNotFound
from codek7.core.playback import VIEW_US, PlaybackRecord, PlaybackReport, RungShare
from codek7.core.values import to_plain

if TYPE_CHECKING:
    import duckdb

_LATEST = """
    SELECT * FROM playback_record WHERE asset_id = ?
    QUALIFY row_number() OVER (PARTITION BY session ORDER BY at_us DESC, watched_us DESC) = 1
"""
_SUMS = f"""
    SELECT count(*), count(*) FILTER (watched_us >= ?), count(*) FILTER (ended),
        count(*) FILTER (error <> ''), coalesce(sum(watched_us), 0)::BIGINT,
        quantile_disc(startup_us, 0.5), quantile_disc(startup_us, 0.95),
        coalesce(sum(stalls), 0)::BIGINT, coalesce(sum(stalled_us), 0)::BIGINT,
        coalesce(sum(switches), 0)::BIGINT, quantile_disc(throughput_bps, 0.5)
    FROM ({_LATEST})
"""  # noqa: S608  # our own text
_RUNGS = f"""
    SELECT rung.rendition, sum(rung.watched_us)::BIGINT AS watched_us
    FROM (SELECT unnest(rungs) AS rung FROM ({_LATEST}))
    GROUP BY rung.rendition ORDER BY watched_us DESC, rung.rendition LIMIT 100
"""  # noqa: S608  # our own text


def append(connection: duckdb.DuckDBPyConnection, records: Sequence[PlaybackRecord]) -> None:
    """Those of assets that are not there (any more) are left out."""
    known = {
        row[0]
        for row in connection.execute(
            "SELECT id FROM asset WHERE id IN (SELECT unnest(?::VARCHAR[]))",
            [list({record.asset_id for record in records})],
        ).fetchall()
    }
    rows = (Row("playback_record", to_plain(record)) for record in records if record.asset_id in known)
    for sql, values in batched(rows):
        connection.execute(sql, values)


def report(connection: duckdb.DuckDBPyConnection, asset_id: str) -> PlaybackReport:
    """Raises `AssetNotFound`."""
    row = connection.execute("SELECT duration_us FROM asset WHERE id = ?", [asset_id]).fetchone()
    if row is None:
        raise AssetNotFound(f"there is no asset {asset_id!r}", hint="`codek7 ls` lists them")
    enough_us = min(VIEW_US, row[0] // 2) if row[0] else VIEW_US
    found = connection.execute(_SUMS, [enough_us, asset_id]).fetchone()
    assert found is not None, "a sum is one row"  # noqa: S101  # for the type checker
    sessions, views, ended, failed, watched, median, p95, stalls, stalled, switches, throughput = found
    used = connection.execute(_RUNGS, [asset_id]).fetchall()
    total = sum(us for _, us in used)
    return PlaybackReport(
        asset_id=asset_id,
        sessions=sessions,
        views=views,
        ended=ended,
        failed=failed,
        watched_us=watched,
        startup_median_us=median,
        startup_p95_us=p95,
        stalls=stalls,
        stalled_us=stalled,
        stall_ratio=stalled / watched if watched else 0.0,
        switches=switches,
        throughput_median_bps=throughput,
        rungs=tuple(
            RungShare(rendition=name, watched_us=us, share=us / total if total else 0.0) for name, us in used
        ),
    )
