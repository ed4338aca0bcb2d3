"""What of a source a study looks at: all of a short one, segments that stand for a long one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from codek7.core.ladder import Ladder, Tuning
from codek7.core.media import Probed, VideoTrack
from codek7.core.pipeline.trial import sample_chunks
from codek7.core.settings import Settings
from codek7.core.timeline import Chunk, Timeline, plan_timeline
from codek7.ffmpeg.looks import segment_bytes, shot_times
from codek7.ffmpeg.program import find_ffmpeg
from codek7.study.samples import WHOLE, SegmentLook, choose_segments

FEWEST_SAMPLES = 3
SCORED = 18
"""Pictures that probes score at least, where a source has more."""
EVERY = (5, 3, 1)
"""Of more pictures they score every fifth or third, which takes half the time. Never every second or fourth:
encoders repeat patterns of two and four, all that are scored would be of one kind, and that moves the mean by
up to 1.4 of VMAF (measured; every fifth by 0.2)."""


class Scope(NamedTuple):
    """The timeline with the chunks that probes are made over, which segments those are, whether that is all,
    and how many pictures one that is scored stands for."""

    timeline: Timeline
    segments: tuple[int, ...]
    whole: bool
    every: int

    @property
    def sampled_us(self) -> int:
        """How much of the source that is."""
        at = self.timeline.seconds
        return round(sum(at(chunk.end) - at(chunk.start) for chunk in self.timeline.chunks) * 1_000_000)


def cut(probed: Probed, track: VideoTrack, ladder: Ladder) -> Timeline:
    """The timeline that an ingest with this ladder has."""
    if probed.frame_times is None:
        raise ValueError("a track of pictures has frame times")
    return plan_timeline(
        probed.frame_times,
        track.time_base,
        segment_us=ladder.segment_us,
        idr_us=ladder.idr_us,
        divisor=ladder.divisor(track.frame_rate),
    )


def probe_scope(
    path: Path, probed: Probed, track: VideoTrack, ladder: Ladder, tuning: Tuning, settings: Settings
) -> Scope:
    """Where probes are made."""
    timeline = cut(probed, track, ladder)
    everything = tuple(range(len(timeline.cuts) - 1))
    whole = timeline.duration_us <= tuning.sample_s * WHOLE * 1_000_000
    segments = everything
    if not whole:
        count = max(FEWEST_SAMPLES, round(tuning.sample_s * 1_000_000 / ladder.segment_us))
        segments = choose_segments(_looks(path, track, timeline, settings), count)
        timeline = replace(timeline, chunks=sample_chunks(timeline, segments))
    frames = sum(_frames(track, timeline, chunk) for chunk in timeline.chunks)
    every = next((each for each in EVERY if frames >= each * SCORED), 1)
    return Scope(timeline, segments, whole, every)


def _looks(path: Path, track: VideoTrack, timeline: Timeline, settings: Settings) -> list[SegmentLook]:
    sizes = segment_bytes(path, track, timeline.cuts, settings.limits)
    program = find_ffmpeg(settings.ffmpeg)
    shots = shot_times(
        path,
        track,
        program,
        settings.limits,
        every_frame=False,
        stall_s=settings.stall_s,
        sandbox=settings.sandbox,
    )
    looks = []
    for number, size in enumerate(sizes):
        start, end = timeline.segment_seconds(number)
        shot = sum(at <= timeline.cuts[number] for at in shots)
        looks.append(SegmentLook(number, float(size / (end - start)), shot))
    return looks


def _frames(track: VideoTrack, timeline: Timeline, chunk: Chunk) -> int:
    return round((chunk.end - chunk.start) * timeline.time_base * track.frame_rate)


def verification(timeline: Timeline, verify_s: int) -> Timeline:
    """The chunks that chosen rungs are made over: all, or some from beginning to end worth so many
    seconds."""
    lengths = [timeline.seconds(chunk.end) - timeline.seconds(chunk.start) for chunk in timeline.chunks]
    if sum(lengths) <= verify_s:
        return timeline
    count = max(1, int(verify_s // max(lengths)))
    last = len(timeline.chunks) - 1
    picked = sorted({round(at * last / max(1, count - 1)) for at in range(count)})
    return replace(timeline, chunks=tuple(timeline.chunks[at] for at in picked))
