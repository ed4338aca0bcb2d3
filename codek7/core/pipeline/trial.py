"""Trials planned: some rungs over some chunks of a source with production's settings, and their measuring.

A chunk of a trial that is one of production's has production's content key: an ingest finds it done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from codek7.core.ladder import Ladder, Rung
from codek7.core.measurement import Measurement, Meter, Metric, share_out
from codek7.core.media import Limits, Probed, Source, VideoTrack
from codek7.core.pipeline.plan import VideoPlan, WorkPlan, key_base, seen, video_plans
from codek7.core.playlists import timed_segments
from codek7.core.rates import average_bps
from codek7.core.records import ChunkRecord, Rendition, ScoreRecord, work_key
from codek7.core.study import Purpose, Trial
from codek7.core.tasks import Filter, MeasureTask, ReferenceTask
from codek7.core.timeline import Chunk, Timeline, frames_between

MEASURING = "codek7-measuring@1"
"""Changes whenever the same encode would be measured otherwise."""


def sample_chunks(timeline: Timeline, segments: Sequence[int]) -> tuple[Chunk, ...]:
    """Chunks of one segment each, by number; none is repeated. One that production cuts the same is its
    own."""
    whole = {(chunk.first, chunk.last): chunk for chunk in timeline.chunks}
    return tuple(
        whole.get((number, number + 1))
        or Chunk(
            index=-1 - number,  # no number of a chunk of production
            first=number,
            last=number + 1,
            start=timeline.cuts[number],
            end=timeline.cuts[number + 1],
        )
        for number in sorted(set(segments))
    )


def plan_trials(
    source: Source,
    probed: Probed,
    rungs: Sequence[Rung],
    timeline: Timeline,
    *,
    tools: str,
    limits: Limits,
    filters: Callable[[Rung, VideoTrack], tuple[Filter, ...]],
) -> WorkPlan:
    """The rungs over the timeline's chunks, without sound or sample pictures. Raises `ValueError` for a
    source without pictures."""
    track = probed.info.video
    if track is None:
        raise ValueError("what has no pictures cannot be tried")
    return WorkPlan(
        source=source,
        info=probed.info,
        ladder=Ladder(rungs=tuple(rungs)),
        timeline=timeline,
        origin=timeline.origin * timeline.time_base,
        video=video_plans(key_base(source, timeline, tools), track, rungs, timeline, filters),
        audio=(),
        samples=(),
        limits=limits,
    )


def measure_tasks(
    plan: WorkPlan,
    video: VideoPlan,
    metrics: Sequence[Metric],
    every: int,
    meters: Sequence[Meter],
    tools: str,
) -> tuple[MeasureTask, ...]:
    """A task for each chunk of one rung, in order. Raises `ToolMissing` where nothing here has a metric."""
    signed = share_out(metrics, meters)
    tasks = []
    for chunk, encoded in zip(plan.timeline.chunks, video.keys, strict=True):
        reference = reference_task(plan, video, chunk, tools)
        key = work_key(MEASURING, encoded, reference.key, tuple(metrics), every, signed)
        tasks.append(
            MeasureTask(reference=reference, encoded=encoded, key=key, metrics=tuple(metrics), every=every)
        )
    return tuple(tasks)


def reference_task(plan: WorkPlan, video: VideoPlan, chunk: Chunk, tools: str) -> ReferenceTask:
    """What a rung's chunk is compared with; rungs of one frame rate and dynamic range share it."""
    track = plan.info.video
    if track is None:
        raise ValueError("what has no pictures has no reference")
    pts = plan.timeline.frame_times.pts() if plan.timeline.frame_times else ()
    base = key_base(plan.source, plan.timeline, tools)
    key = work_key(
        *base, "reference", seen(track), video.rung.dynamic_range, video.divisor, chunk.start, chunk.end
    )
    return ReferenceTask(
        source=plan.source,
        track=track,
        chunk=chunk,
        origin=plan.timeline.origin,
        key=key,
        dynamic_range=video.rung.dynamic_range,
        divisor=video.divisor,
        frames=tuple(frames_between(pts, chunk.start, chunk.end, video.divisor)),
        limits=plan.limits,
    )


def trial_of(
    video: VideoPlan,
    purpose: Purpose,
    tasks: Sequence[MeasureTask],
    chunks: Sequence[ChunkRecord],
    scores: Sequence[ScoreRecord],
) -> Trial:
    """What came of a rung: its chunks and their scores, put together in order. It goes by the first
    metric."""
    timed = timed_segments(Rendition(name=video.name, kind="video", track=0, records=tuple(chunks)))
    return Trial(
        key=trial_key(tasks),
        rung=video.rung,
        purpose=purpose,
        spans=tuple((task.reference.chunk.first, task.reference.chunk.last) for task in tasks),
        chunk_keys=video.keys,
        score_keys=tuple(task.key for task in tasks),
        frames=sum(record.frames for record in chunks),
        duration_us=round(sum(duration for duration, _ in timed) * 1_000_000),
        size_bytes=sum(record.size_bytes for record in chunks),
        average_bps=average_bps(timed),
        peak_bps=max(average_bps([each]) for each in timed),
        encode_cpu_us=sum(record.work.cpu_us for record in chunks),
        encode_wall_us=sum(record.work.wall_us for record in chunks),
        measure_wall_us=sum(record.wall_us for record in scores),
        measurement=joined([record.measurements[0] for record in scores]),
    )


def trial_key(tasks: Sequence[MeasureTask]) -> str:
    """The address of a rung tried over these chunks and measured so."""
    return work_key(*(task.key for task in tasks))


def joined(parts: Sequence[Measurement]) -> Measurement:
    """One measurement of what was measured in parts, one behind the other, by one meter."""
    return replace(parts[0], per_frame=tuple(score for part in parts for score in part.per_frame))
