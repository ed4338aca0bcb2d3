"""Rows of what studies tried and chose, by the hash of the source."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from codek7.catalog.media_rows import measurement_columns
from codek7.catalog.migrations import TABLES_OF_A_SOURCE
from codek7.catalog.reading import rows
from codek7.catalog.statements import Row, batched, insert
from codek7.core.ladder import Rung
from codek7.core.measurement import Measurement
from codek7.core.study import Outcome, Trial
from codek7.core.values import content_hash, from_json, from_plain, to_json, to_plain

if TYPE_CHECKING:
    import duckdb

_RUNG = ("codec", "width", "height", "frame_rate", "crf", "ceiling_bps", "preset")
_TRIAL = (
    "purpose", "frames", "duration_us", "size_bytes", "average_bps", "peak_bps", "encode_cpu_us",
    "encode_wall_us", "measure_wall_us",
)  # fmt: skip


def append(connection: duckdb.DuckDBPyConnection, source_sha256: str, trials: Sequence[Trial]) -> None:
    """See `Catalog.add_trials`."""
    for trial in trials:
        statement = insert("trial", _row(source_sha256, trial), unless="key")
        connection.execute(statement.sql, statement.values)


def _row(source_sha256: str, trial: Trial) -> dict[str, Any]:
    plain, rung, measured = to_plain(trial), to_plain(trial.rung), trial.measurement
    return {
        "key": trial.key, "source_sha256": source_sha256,
        **{name: rung[name] for name in _RUNG},
        **{name: plain[name] for name in _TRIAL},
        "spans": [{"first": first, "last": last} for first, last in trial.spans],
        "chunk_keys": list(trial.chunk_keys), "score_keys": list(trial.score_keys),
        **measurement_columns(measured),
        "rung": to_json(trial.rung).decode(), "tried_us": time.time_ns() // 1000,
    }  # fmt: skip


def trials(connection: duckdb.DuckDBPyConnection, source_sha256: str) -> tuple[Trial, ...]:
    """See `Catalog.trials`."""
    found = rows(connection, "FROM trial WHERE source_sha256 = ? ORDER BY tried_us, key", source_sha256)
    return tuple(map(_trial, found))


def _trial(row: dict[str, Any]) -> Trial:
    measured = {name: row[name] for name in Measurement.__struct_fields__}
    return Trial(
        key=row["key"],
        rung=from_json(row["rung"], Rung),
        spans=tuple((span["first"], span["last"]) for span in row["spans"]),
        chunk_keys=tuple(row["chunk_keys"]),
        score_keys=tuple(row["score_keys"]),
        measurement=from_plain(measured, Measurement),
        **{name: row[name] for name in _TRIAL},
    )


def add_study(connection: duckdb.DuckDBPyConnection, outcome: Outcome) -> None:
    """See `Catalog.add_study`."""
    chosen = outcome.chosen
    ladder_hash = chosen.ladder.hash
    mine = {"source_sha256": outcome.source_sha256, "ladder_hash": ladder_hash}
    row = {
        **mine, "policy": outcome.policy, "metric": chosen.metric.name, "model": chosen.metric.model,
        "probes": chosen.probes, "against": chosen.against, "bd_rate": chosen.bd_rate,
        "ladder": to_json(chosen.ladder).decode(), "ended_us": time.time_ns() // 1000,
    }  # fmt: skip
    connection.execute(
        "DELETE FROM prediction WHERE source_sha256 = ? AND ladder_hash = ?", tuple(mine.values())
    )
    statement = insert("study", row, unless="source_sha256, ladder_hash")
    connection.execute(statement.sql, statement.values)
    for sql, values in batched(Row("prediction", {**mine, **each}) for each in _predictions(outcome)):
        connection.execute(sql, values)


def _predictions(outcome: Outcome) -> list[dict[str, Any]]:
    chosen = outcome.chosen
    names = {content_hash(rung): f"video-{number}" for number, rung in enumerate(chosen.ladder.rungs)}
    verified = chosen.verified or (None,) * len(chosen.predicted)
    return [
        {"rendition": names[content_hash(point.rung)], "codec": point.rung.codec, "width": point.rung.width,
         "height": point.rung.height, "crf": point.rung.crf, "predicted_bps": point.average_bps,
         "predicted_score": point.score, "verified_bps": checked and checked.average_bps,
         "verified_score": checked and checked.score}
        for point, checked in zip(chosen.predicted, verified, strict=True)
    ]  # fmt: skip


def forget(connection: duckdb.DuckDBPyConnection, source_sha256: str) -> None:
    """See `Catalog.forget_studies`."""
    for table in TABLES_OF_A_SOURCE:
        connection.execute(f"DELETE FROM {table} WHERE source_sha256 = ?", [source_sha256])  # noqa: S608  # our names
