"""Rows for media values: tracks, ladders, renditions with their segments."""

from __future__ import annotations

from typing import Any

from codek7.core.events import LadderPlanned
from codek7.core.ladder import Rung
from codek7.core.measurement import Measurement
from codek7.core.media import Track
from codek7.core.records import ChunkRecord, Rendition, Segment
from codek7.core.values import to_json, to_plain

_US = 1_000_000
_RUNG_FIELDS = (
    "codec", "width", "height", "frame_rate", "crf", "ceiling_bps", "preset", "dynamic_range", "bit_depth",
    "threads",
)  # fmt: skip


def track_row(track: Track) -> dict[str, Any]:
    """A track's own fields; those of other kinds of track stay NULL."""
    row = to_plain(track)
    return {"track": row.pop("index"), **row}


def ladder_row(event: LadderPlanned) -> dict[str, Any]:
    """A ladder, and what was planned with it."""
    ladder = event.ladder
    return {
        "asset_id": event.asset_id, "hash": event.ladder_hash, "planner": ladder.planner,
        "segment_us": ladder.segment_us, "idr_us": ladder.idr_us,
        "rungs": [_rung(rung) for rung in ladder.rungs], "audio": to_plain(ladder.audio),
        "segments": event.segments, "chunks": event.chunks, "objects": event.objects,
        "reused": event.reused, "duration_us": event.duration_us, "ladder": to_json(ladder).decode(),
    }  # fmt: skip


def _rung(rung: Rung) -> dict[str, Any]:
    plain = to_plain(rung)
    return {name: plain[name] for name in _RUNG_FIELDS}


def rendition_row(rendition: Rendition) -> dict[str, Any]:
    """A rendition with all its segments. Rates are those of the bytes, segment by segment."""
    first, rung, sound = rendition.records[0], rendition.rung, rendition.audio_rung
    segments = [_segment(record, segment) for record, segment in rendition.segments]
    ticks = sum(segment["duration_ticks"] for segment in segments)
    return {
        "name": rendition.name, "kind": rendition.kind, "track": rendition.track,
        "language": rendition.language, "title": rendition.title, "codecs": rendition.codecs,
        "width": first.width or None, "height": first.height or None,
        "frame_rate": to_plain(rendition.frame_rate), "dynamic_range": rung and rung.dynamic_range,
        "crf": rung and rung.crf, "preset": rung and rung.preset, "ceiling_bps": rung and rung.ceiling_bps,
        "channels": sound and sound.channels, "timescale": rendition.timescale,
        "init_sha256": first.init_sha256, "size_bytes": rendition.size_bytes,
        "duration_us": round(ticks * _US / rendition.timescale), "segments": segments,
        "average_bps": _rate(sum(segment["size_bytes"] for segment in segments), ticks, rendition.timescale),
        "peak_bps": max(
            (_rate(s["size_bytes"], s["duration_ticks"], rendition.timescale) for s in segments), default=0
        ),
    }  # fmt: skip


def measurement_columns(measured: Measurement) -> dict[str, Any]:
    """A measurement as columns: what it is, its sums, and the series behind them."""
    return {
        "metric": measured.metric, "model": measured.model, "meter": measured.meter,
        "every": measured.every, "mean": measured.mean, "harmonic_mean": measured.harmonic_mean,
        "p1": measured.p1, "p5": measured.p5, "per_frame": list(measured.per_frame),
    }  # fmt: skip


def _segment(record: ChunkRecord, segment: Segment) -> dict[str, Any]:
    return {
        "index": segment.index, "key": record.key, "offset": segment.offset,
        "size_bytes": segment.size_bytes, "duration_ticks": segment.duration,
        "duration_us": round(segment.duration * _US / record.timescale),
        "frames": sum(fragment.frames for fragment in segment.fragments),
    }  # fmt: skip


def _rate(size_bytes: int, ticks: int, timescale: int) -> int:
    return size_bytes * 8 * timescale // ticks if ticks else 0
