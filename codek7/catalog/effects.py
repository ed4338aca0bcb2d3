"""What each event changes in the tables: a function from the event to statements, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from codek7.catalog.curation import decided, edited, moved, removed
from codek7.catalog.media_rows import ladder_row, measurement_columns, rendition_row, track_row
from codek7.catalog.statements import Change, Row, Statement, insert
from codek7.core.events import (
    AssetCreated,
    AssetDecided,
    AssetEdited,
    AssetHeld,
    AssetPublished,
    AssetRefused,
    AssetRemoved,
    AssetTakenIn,
    AttemptEnded,
    ChunkEncoded,
    ChunkReused,
    Event,
    JobCancelled,
    JobFailed,
    JobProgressed,
    JobQueued,
    JobReleased,
    JobRequeued,
    JobStarted,
    LadderPlanned,
    MediaProbed,
    PluginRaised,
    PresentationChecked,
    PresentationPackaged,
    PreviewPublished,
    RenditionMeasured,
    RungDropped,
    TrackSkipped,
    VerdictGiven,
    VersionMoved,
    WorkerDied,
    WorkProgressed,
    brief,
    name_of,
)
from codek7.core.values import to_json, to_plain


class At(NamedTuple):
    """Whose event it is, and when it was told."""

    job_id: str
    now_us: int


Changes = Iterator[Change]
Effect = Callable[[Any, At], Changes]


def effects(event: Event, at: At) -> Changes:
    """All changes of an event: its effect on the tables, and its row in the history."""
    effect = EFFECTS[type(event)]
    if effect is not None:
        yield from effect(event, at)
        yield _history(event, at)


def _history(event: Event, at: At) -> Row:
    return Row(
        "event",
        {"at_us": at.now_us, "asset_id": event.asset_id, "job_id": at.job_id, "name": name_of(event),
         "event": to_json(brief(event)).decode()},
    )  # fmt: skip


def _created(event: AssetCreated, at: At) -> Changes:
    yield Statement(
        "UPDATE job SET state = 'superseded', ended_us = ? "
        "WHERE asset_id = ? AND id <> ? AND state IN ('working', 'interrupted', 'held')",
        (at.now_us, event.asset_id, at.job_id),
    )
    yield Statement(
        """
        INSERT INTO asset (id, title, owner, policy, state, reason, created_us, updated_us)
        VALUES (?, ?, ?, ?, 'working', '', ?, ?)
        ON CONFLICT (id) DO UPDATE SET state = if(version = '', excluded.state, state), reason = '',
            title = excluded.title,
            policy = excluded.policy, updated_us = excluded.updated_us,
            owner = coalesce(nullif(excluded.owner, ''), owner)
        """,
        (event.asset_id, event.title, event.owner, event.policy, at.now_us, at.now_us),
    )
    source = {"uri": event.source.uri, "sha256": event.source.sha256, "size_bytes": event.source.size_bytes}
    yield insert("source", {"asset_id": event.asset_id, **source}, unless="asset_id")
    yield insert(
        "job",
        {"id": at.job_id, "asset_id": event.asset_id, "state": "working", "policy": event.policy,
         "ladder_hash": "", "started_us": at.now_us, "ended_us": 0, "error_code": "", "error_message": ""},
        unless="id",
    )  # fmt: skip


def _probed(event: MediaProbed, at: At) -> Changes:
    info = event.info
    yield Statement(
        "UPDATE source SET container = ?, duration_us = ?, prober = ?, info = ? WHERE asset_id = ?",
        (info.container, info.duration_us, info.prober, to_json(info).decode(), event.asset_id),
    )
    yield Statement("DELETE FROM track WHERE asset_id = ?", (event.asset_id,))
    for track in info.tracks:
        yield Row("track", {"asset_id": event.asset_id, **track_row(track)})
    yield Statement(
        "UPDATE asset SET duration_us = ?, updated_us = ? WHERE id = ? AND version = ''",
        (info.duration_us, at.now_us, event.asset_id),
    )


def _planned(event: LadderPlanned, at: At) -> Changes:
    yield Row("ladder", {"job_id": at.job_id, "planned_us": at.now_us, **ladder_row(event)})
    yield Statement("UPDATE job SET ladder_hash = ? WHERE id = ?", (event.ladder_hash, at.job_id))
    yield Statement(
        "UPDATE asset SET ladder_hash = ?, updated_us = ? WHERE id = ? AND version = ''",
        (event.ladder_hash, at.now_us, event.asset_id),
    )


def _attempted(event: AttemptEnded, at: At) -> Changes:
    row = {"asset_id": event.asset_id, "job_id": at.job_id, **to_plain(event.attempt)}
    del row["type"]
    yield Row("attempt", row)


def _encoded(event: ChunkEncoded | ChunkReused, at: At) -> Changes:
    record = event.record
    yield Row(
        "chunk",
        {"asset_id": event.asset_id, "job_id": at.job_id, "rendition": event.rendition, "chunk": record.chunk,
         "key": record.key, "size_bytes": record.size_bytes, "frames": record.frames,
         "cpu_us": record.work.cpu_us, "wall_us": record.work.wall_us, "tool": record.work.tool},
    )  # fmt: skip


def _judged(event: VerdictGiven, at: At) -> Changes:
    row = {"asset_id": event.asset_id, "job_id": at.job_id, "given_us": at.now_us, **to_plain(event.verdict)}
    yield Row("verdict", row)


def _packaged(event: PresentationPackaged, _: At) -> Changes:
    """Renditions of versions that were packaged but never published make place."""
    yield Statement(
        "DELETE FROM rendition WHERE asset_id = ? AND (version = ? OR version NOT IN "
        "(SELECT version FROM version WHERE asset_id = ?))",
        (event.asset_id, event.version, event.asset_id),
    )
    for rendition in event.renditions:
        row = {"asset_id": event.asset_id, "version": event.version, **rendition_row(rendition)}
        yield Row("rendition", row)


def _measured(event: RenditionMeasured, at: At) -> Changes:
    """A newer measurement by the same metric takes the place of one before."""
    where = {"asset_id": event.asset_id, "version": event.version, "rendition": event.rendition}
    measured = event.measurement
    yield Statement(
        "DELETE FROM measurement WHERE asset_id = ? AND version = ? AND rendition = ? AND metric = ? "
        "AND model = ?",
        (*where.values(), measured.metric, measured.model),
    )
    row = {**where, "frames": measured.frames, "measured_us": at.now_us, **measurement_columns(measured)}
    yield Row("measurement", row)


def _published(event: AssetPublished, at: At) -> Changes:
    asset_id, now_us = event.asset_id, at.now_us
    yield _retire(asset_id, now_us, but=event.version)
    yield insert(
        "version",
        {"asset_id": asset_id, "version": event.version, "current": True, "published_us": now_us,
         "retired_us": 0, "playlist": event.playlist, "url": event.url, "ladder_hash": "",
         "renditions": event.renditions, "size_bytes": event.size_bytes, "duration_us": event.duration_us},
        unless="asset_id, version",
    )  # fmt: skip
    yield Statement(
        "UPDATE version SET ladder_hash = coalesce((SELECT ladder_hash FROM job WHERE id = ?), '') "
        "WHERE asset_id = ? AND version = ?",
        (at.job_id, asset_id, event.version),
    )
    yield Statement(
        "UPDATE asset SET state = 'published', reason = '', version = ?, playlist = ?, duration_us = ?, "
        "updated_us = ?, ladder_hash = (SELECT ladder_hash FROM version WHERE asset_id = ? AND version = ?) "
        "WHERE id = ?",
        (event.version, event.playlist, event.duration_us, now_us, asset_id, event.version, asset_id),
    )
    yield Statement(
        "UPDATE asset SET height = coalesce((SELECT max(height) FROM rendition WHERE asset_id = ? "
        "AND version = ?), 0) WHERE id = ?",
        (asset_id, event.version, asset_id),
    )
    yield _end(at, "published")


def _held(event: AssetHeld, at: At) -> Changes:
    """What an earlier job published stays as it is until a person has decided."""
    yield _state(event.asset_id, at, "held", event.reason)
    yield _end(at, "held")


def _refused(event: AssetRefused, at: At) -> Changes:
    """What an earlier job published is retired with it."""
    yield _retire(event.asset_id, at.now_us)
    yield Statement(
        "UPDATE asset SET version = '', playlist = '' WHERE id = ?",
        (event.asset_id,),
    )
    if event.rotation:
        yield Statement("UPDATE asset SET rotation = ? WHERE id = ?", (event.rotation, event.asset_id))
    yield _state(event.asset_id, at, "refused", event.reason)
    yield _end(at, "refused")


def _failed(event: JobFailed, at: At) -> Changes:
    """An asset that plays goes on playing; one that does not has failed."""
    yield Statement(
        "UPDATE asset SET state = CASE WHEN version = '' THEN 'failed' ELSE 'published' END, reason = ?, "
        "updated_us = ? WHERE id = ? AND state <> 'refused'",
        (event.message, at.now_us, event.asset_id),
    )
    state = "interrupted" if event.code == "interrupted" else "failed"
    yield _end(at, state, event.code, event.message)


def _taken_in(event: AssetTakenIn, at: At) -> Changes:
    yield insert(
        "asset",
        {"id": event.asset_id, "title": event.title, "owner": event.owner, "policy": event.policy,
         "state": "queued", "reason": "", "tags": list(event.tags), "visibility": event.visibility,
         "description": event.description, "category": event.category, "language": event.language,
         "custom": to_json(event.custom).decode(), "created_us": at.now_us, "updated_us": at.now_us},
        unless="id",
    )  # fmt: skip
    source = {"uri": event.source.uri, "sha256": event.source.sha256, "size_bytes": event.source.size_bytes}
    yield insert("source", {"asset_id": event.asset_id, **source}, unless="asset_id")


def _queued(event: JobQueued, at: At) -> Changes:
    """An asset that plays goes on playing: only one that does not is said to wait."""
    yield Row(
        "job",
        {"id": at.job_id, "asset_id": event.asset_id, "state": "queued", "policy": event.request.policy,
         "ladder_hash": "", "started_us": 0, "ended_us": 0, "error_code": "", "error_message": "",
         "request": to_json(event.request).decode(), "owner": event.owner, "priority": event.priority,
         "queued_us": at.now_us},
    )  # fmt: skip
    yield _waiting(event.asset_id, at)
    if event.request.rotation:  # what is made again needs URLs of its own: the old ones are kept by caches
        yield Statement(
            "UPDATE asset SET rotation = ? WHERE id = ?", (event.request.rotation, event.asset_id)
        )


def _started(event: JobStarted, at: At) -> Changes:
    """But for a job that was cancelled in this very moment."""
    yield Statement(
        "UPDATE job SET state = 'working', started_us = ? WHERE id = ? "
        "AND state IN ('queued', 'working', 'interrupted')",
        (at.now_us, at.job_id),
    )
    yield Statement(
        "UPDATE asset SET state = 'working', updated_us = ? "
        "WHERE id = ? AND version = '' AND state = 'queued'",
        (at.now_us, event.asset_id),
    )


def _released(event: JobReleased, at: At) -> Changes:
    yield _queue_again(at)
    yield _waiting(event.asset_id, at)


def _worker_died(event: WorkerDied, at: At) -> Changes:
    yield Statement("UPDATE job SET tries = tries + 1 WHERE id = ?", (at.job_id,))
    yield _queue_again(at)
    yield _waiting(event.asset_id, at)


def _requeued(event: JobRequeued, at: At) -> Changes:
    if event.by:
        yield Statement("UPDATE job SET tries = 0 WHERE id = ?", (at.job_id,))
    else:
        yield Statement("UPDATE job SET tries = tries + 1 WHERE id = ?", (at.job_id,))
    yield _queue_again(at)
    yield _waiting(event.asset_id, at)


def _cancelled(event: JobCancelled, at: At) -> Changes:
    yield Statement(
        "UPDATE asset SET state = CASE WHEN version = '' THEN 'failed' ELSE 'published' END, "
        "reason = 'cancelled', updated_us = ? WHERE id = ? AND state IN ('queued', 'working', 'failed')",
        (at.now_us, event.asset_id),
    )
    yield _end(at, "cancelled", "cancelled", f"cancelled by {event.by}" if event.by else "cancelled")


def _queue_again(at: At) -> Statement:
    return Statement(
        "UPDATE job SET state = 'queued', ended_us = 0, error_code = '', error_message = '' WHERE id = ?",
        (at.job_id,),
    )


def _waiting(asset_id: str, at: At) -> Statement:
    """Only an asset that does not play is said to wait."""
    return Statement(
        "UPDATE asset SET state = 'queued', reason = '', updated_us = ? WHERE id = ? AND version = '' "
        "AND state NOT IN ('held', 'refused')",
        (at.now_us, asset_id),
    )


def _noted(_: Event, __: At) -> Changes:
    """No table of its own: the history row is all."""
    yield from ()


def _state(asset_id: str, at: At, state: str, reason: str) -> Statement:
    return Statement(
        "UPDATE asset SET state = ?, reason = ?, updated_us = ? WHERE id = ?",
        (state, reason, at.now_us, asset_id),
    )


def _retire(asset_id: str, now_us: int, but: str = "") -> Statement:
    return Statement(
        "UPDATE version SET current = false, retired_us = ? WHERE asset_id = ? AND current AND version <> ?",
        (now_us, asset_id, but),
    )


def _end(at: At, state: str, code: str = "", message: str = "") -> Statement:
    return Statement(
        "UPDATE job SET state = ?, ended_us = ?, error_code = ?, error_message = ? WHERE id = ?",
        (state, at.now_us, code, message, at.job_id),
    )


EFFECTS: dict[type[Event], Effect | None] = {
    AssetCreated: _created,
    MediaProbed: _probed,
    LadderPlanned: _planned,
    WorkProgressed: None,
    JobProgressed: None,
    AttemptEnded: _attempted,
    ChunkEncoded: _encoded,
    ChunkReused: _encoded,
    RungDropped: _noted,
    TrackSkipped: _noted,
    PreviewPublished: _noted,
    VerdictGiven: _judged,
    PluginRaised: _noted,
    PresentationPackaged: _packaged,
    PresentationChecked: _noted,
    RenditionMeasured: _measured,
    AssetPublished: _published,
    AssetHeld: _held,
    AssetRefused: _refused,
    JobFailed: _failed,
    AssetTakenIn: _taken_in,
    JobQueued: _queued,
    JobStarted: _started,
    JobReleased: _released,
    WorkerDied: _worker_died,
    JobRequeued: _requeued,
    JobCancelled: _cancelled,
    AssetEdited: edited,
    AssetDecided: decided,
    VersionMoved: moved,
    AssetRemoved: removed,
}
"""Every event's effect; None for what is not kept at all."""
