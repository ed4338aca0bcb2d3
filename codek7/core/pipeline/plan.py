"""The work of a job, planned whole before any of it runs: what is made, under which keys, by which tasks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median_high

import msgspec

from codek7.core.ladder import AudioRung, Codec, Ladder, Rung
from codek7.core.media import AudioTrack, Limits, MediaInfo, Probed, Source, VideoTrack
from codek7.core.records import ChunkRecord, Rendition, work_key
from codek7.core.tasks import AudioTask, EncodeTask, Filter, MediaTask, Target
from codek7.core.timeline import Chunk, Timeline, frames_between, plan_sound_timeline, plan_timeline

ENCODING = "codek7-encoding@1"
"""Changes whenever the same plan would give other bytes."""
REORDER_FRAMES: dict[Codec, int] = {"h264": 2, "hevc": 2, "av1": 0}
"""By how many frames an encoder's output may be out of order: a pyramid of B-frames is two deep."""
LONGEST_DELAY_S = Fraction(45, 1000)
"""How long reordering may take: hls.js, which knows no edit lists, forgives 50 ms (docs/decisions/0007)."""
FRAMES_HELD: dict[Codec, int] = {"h264": 70, "hevc": 90, "av1": 160}
"""Pictures that an encoder keeps in memory: lookahead, references and what is being coded."""
SOURCE_FRAMES_HELD = 40
SAMPLES = "samples"


class VideoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One rung of the presentation: its folder's name, how it is made, and the content key of each chunk."""

    name: str
    rung: Rung
    filters: tuple[Filter, ...]
    divisor: int
    frame_rate: Fraction
    reorder: int
    delay: int
    keys: tuple[str, ...]


class AudioPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One sound rendition: its folder's name, how it is made, and the content key of each chunk."""

    name: str
    track: AudioTrack
    rung: AudioRung
    default: bool
    keys: tuple[str, ...]


class WorkPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a job makes. `origin` is presentation time 0 in the container's clock, in seconds."""

    source: Source
    info: MediaInfo
    ladder: Ladder
    timeline: Timeline
    origin: Fraction
    video: tuple[VideoPlan, ...]
    audio: tuple[AudioPlan, ...]
    samples: tuple[str, ...]
    limits: Limits

    @property
    def keys(self) -> frozenset[str]:
        """Content keys of all objects."""
        return frozenset(self.names())

    def names(self) -> dict[str, str]:
        """The rendition that each content key belongs to."""
        names = {key: plan.name for plan in self.video for key in plan.keys}
        names |= {key: plan.name for plan in self.audio for key in plan.keys}
        return names | dict.fromkeys(self.samples, SAMPLES)

    def without(self, names: Collection[str]) -> WorkPlan:
        """The plan without some renditions."""
        return msgspec.structs.replace(
            self,
            video=tuple(plan for plan in self.video if plan.name not in names),
            audio=tuple(plan for plan in self.audio if plan.name not in names),
        )


def plan_work(
    source: Source,
    probed: Probed,
    ladder: Ladder,
    *,
    tools: str,
    limits: Limits,
    filters: Callable[[Rung, VideoTrack], tuple[Filter, ...]],
) -> WorkPlan:
    """Cuts, renditions and keys for a source under a ladder; `tools` signs whatever encodes."""
    info, track = probed.info, probed.info.video
    if track is None or probed.frame_times is None:
        timeline = plan_sound_timeline(info.duration_us, segment_us=ladder.segment_us)
        origin = Fraction(min(t.start_us for t in info.audio), 1_000_000)
    else:
        timeline = plan_timeline(
            probed.frame_times,
            track.time_base,
            segment_us=ladder.segment_us,
            idr_us=ladder.idr_us,
            divisor=ladder.divisor(track.frame_rate),
        )
        origin = timeline.origin * timeline.time_base
    base = key_base(source, timeline, tools)
    video = video_plans(base, track, ladder.rungs, timeline, filters) if track else ()
    samples = tuple(work_key(*base, SAMPLES, seen(track), *span(c)) for c in timeline.chunks) if track else ()
    return WorkPlan(
        source=source,
        info=info,
        ladder=ladder,
        timeline=timeline,
        origin=origin,
        video=video,
        audio=_audio_plans(base, info, ladder, timeline, origin),
        samples=samples,
        limits=limits,
    )


def key_base(source: Source, timeline: Timeline, tools: str) -> tuple[object, ...]:
    """What every content key of a source's work begins with."""
    return (ENCODING, tools, source.sha256, timeline.time_base, timeline.origin)


def video_plans(
    base: tuple[object, ...],
    track: VideoTrack,
    rungs: Sequence[Rung],
    timeline: Timeline,
    filters: Callable[[Rung, VideoTrack], tuple[Filter, ...]],
) -> tuple[VideoPlan, ...]:
    """A plan for each rung, with a key for each chunk of the timeline."""
    pts = timeline.frame_times.pts() if timeline.frame_times else []
    plans = []
    for number, rung in enumerate(rungs):
        divisor = rung.divisor(track.frame_rate)
        reorder, delay = _reordering(pts[::divisor], timeline.time_base, rung.codec)
        added = filters(rung, track)
        made = (*base, seen(track), rung, added, divisor, reorder, delay)
        keys = (work_key(*made, *span(chunk), *_cuts(timeline, chunk)) for chunk in timeline.chunks)
        plan = VideoPlan(
            name=f"video-{number}",
            rung=rung,
            filters=added,
            divisor=divisor,
            frame_rate=_frame_rate(track, timeline, len(pts[::divisor]), divisor),
            reorder=reorder,
            delay=delay,
            keys=tuple(keys),
        )
        plans.append(plan)
    return tuple(plans)


def seen(track: VideoTrack) -> tuple[object, ...]:
    """What of a track decides how its pictures are made; how many it says there are does not."""
    shape = (track.width, track.height, track.sample_aspect, track.rotation, track.mirrored)
    return (track.index, *shape, track.pixel_format, track.colour, track.interlaced)


def span(chunk: Chunk) -> tuple[int, ...]:
    """What of a chunk decides which pictures it holds."""
    return (chunk.index, chunk.first, chunk.start, chunk.end)


def _frame_rate(track: VideoTrack, timeline: Timeline, frames: int, divisor: int) -> Fraction:
    """A rung's frames a second: exactly a part of a constant rate, the average of a variable one."""
    if track.constant_rate:
        return track.frame_rate / divisor
    return Fraction(frames * 1_000_000, timeline.duration_us).limit_denominator(1001)


def _reordering(pts: Sequence[int], time_base: Fraction, codec: Codec) -> tuple[int, int]:
    """By how many usual frames pictures may be out of order, and how many ticks of the track that takes."""
    if len(pts) < 2:
        return 0, 0
    step = median_high(b - a for a, b in pairwise(pts))
    reorder = reorder_frames(step * time_base, codec)
    return reorder, reorder * step * time_base.numerator


def reorder_frames(frame_s: Fraction, codec: Codec) -> int:
    """By how many frames of such a duration an encoder may put pictures out of order."""
    return min(REORDER_FRAMES[codec], LONGEST_DELAY_S // frame_s)


def _cuts(timeline: Timeline, chunk: Chunk) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A chunk's segment starts with the end of the last, and its IDR times."""
    idrs = tuple(idr for idr in timeline.idrs if chunk.start <= idr < chunk.end)
    return timeline.cuts[chunk.first : chunk.last + 1], idrs


def _audio_plans(
    base: tuple[object, ...], info: MediaInfo, ladder: Ladder, timeline: Timeline, origin: Fraction
) -> tuple[AudioPlan, ...]:
    """A rendition of every track for each of the ladder's sounds that the track has the channels for.

    Tracks that have fewer channels than any asked for get the one with the fewest.
    """
    plans: list[AudioPlan] = []
    fewest = min((rung.channels for rung in ladder.audio), default=0)
    for rung in sorted(ladder.audio, key=lambda rung: rung.channels):
        for track in info.audio:
            if rung.channels > max(fewest, track.channels):
                continue
            cuts = sound_cuts(timeline)
            made = (*base, track.index, rung, origin, cuts[-1][-1])
            keys = (
                work_key(*made, chunk.first, part) for chunk, part in zip(timeline.chunks, cuts, strict=True)
            )
            plan = AudioPlan(
                name=f"audio-{len(plans)}",
                track=track,
                rung=rung,
                default=track is info.audio[0],
                keys=tuple(keys),
            )
            plans.append(plan)
    return tuple(plans)


def sound_cuts(timeline: Timeline) -> tuple[tuple[Fraction, ...], ...]:
    """For each chunk its segments' starts and the end of the last, in seconds of presentation time."""
    return tuple(
        tuple(timeline.seconds(cut) for cut in timeline.cuts[chunk.first : chunk.last + 1])
        for chunk in timeline.chunks
    )


def tasks_for(plan: WorkPlan, done: Collection[str], memory_bytes: int) -> Iterator[MediaTask]:
    """Tasks for everything that is not done: sound first (it is cheap and one run each), then chunk by chunk,
    low rungs first; rungs share a decode as long as the encoders' memory allows."""
    cuts = sound_cuts(plan.timeline)
    for sound in plan.audio:
        if not set(sound.keys) <= set(done):
            yield AudioTask(
                source=plan.source,
                track=sound.track,
                rung=sound.rung,
                origin=plan.origin,
                cuts=cuts,
                chunk_keys=sound.keys,
                limits=plan.limits,
            )
    track = plan.info.video
    if track is None:
        return
    pts = plan.timeline.frame_times.pts() if plan.timeline.frame_times else []
    for at in range(len(plan.timeline.chunks)):
        missing = [video for video in plan.video if video.keys[at] not in done]
        samples = plan.samples[at] if plan.samples and plan.samples[at] not in done else ""
        for group in memory_groups(missing, track, memory_bytes) or ([[]] if samples else []):
            yield _encode_task(plan, track, at, group, samples, pts)
            samples = ""


def _encode_task(
    plan: WorkPlan,
    track: VideoTrack,
    at: int,
    group: Sequence[VideoPlan],
    samples: str,
    pts: Sequence[int],
) -> EncodeTask:
    chunk = plan.timeline.chunks[at]
    segments, idrs = _cuts(plan.timeline, chunk)
    targets = tuple(
        Target(
            key=video.keys[at],
            rung=video.rung,
            filters=video.filters,
            divisor=video.divisor,
            frame_rate=video.frame_rate,
            reorder=video.reorder,
            delay=video.delay,
            frames=tuple(frames_between(pts, chunk.start, chunk.end, video.divisor)),
        )
        for video in group
    )
    return EncodeTask(
        source=plan.source,
        track=track,
        chunk=chunk,
        origin=plan.timeline.origin,
        segments=segments,
        idrs=idrs,
        targets=targets,
        samples_key=samples,
        limits=plan.limits,
    )


def memory_groups(plans: Sequence[VideoPlan], track: VideoTrack, memory_bytes: int) -> list[list[VideoPlan]]:
    """Rungs that fit into one process together, in order; a rung that exceeds the budget alone is alone."""
    decoding = _picture_bytes(track.width, track.height, track.bit_depth) * SOURCE_FRAMES_HELD
    groups: list[list[VideoPlan]] = []
    used = 0
    for plan in plans:
        rung = plan.rung
        need = _picture_bytes(rung.width, rung.height, rung.bit_depth) * FRAMES_HELD[rung.codec]
        if not groups or used + need > memory_bytes:
            groups.append([])
            used = decoding
        groups[-1].append(plan)
        used += need
    return groups


def _picture_bytes(width: int, height: int, bit_depth: int) -> int:
    return width * height * 3 // 2 * (2 if bit_depth > 8 else 1)


def renditions_of(
    plan: WorkPlan, records: dict[str, ChunkRecord], *, chunks: int | None = None
) -> tuple[tuple[Rendition, ...], tuple[Rendition, ...]]:
    """Video and audio renditions of the first `chunks` chunks (all, unless told) from their records."""
    video = tuple(
        Rendition(
            name=each.name,
            kind="video",
            rung=each.rung,
            track=plan.info.video.index if plan.info.video else 0,
            frame_rate=each.frame_rate,
            records=tuple(records[key] for key in each.keys[:chunks]),
        )
        for each in plan.video
    )
    audio = tuple(
        Rendition(
            name=each.name,
            kind="audio",
            audio_rung=each.rung,
            track=each.track.index,
            language=each.track.language,
            title=each.track.title,
            default=each.default,
            records=tuple(records[key] for key in each.keys[:chunks]),
        )
        for each in plan.audio
    )
    return video, audio
