"""Planned cuts: where segments, IDR pictures and chunks begin, decided once per source (DESIGN: Timeline)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from codek7.core.frame_times import FrameTimes

AUDIO_ONLY_TICKS = 1_000_000
CHUNK_SEGMENTS = (1, 2, 4, 8)
"""Segments per chunk, the last one repeating: the first chunks are short, so that a preview starts early."""
SHORTEST_TAIL_S = Fraction(1, 2)


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """A run of whole segments, `[first, last)` by number, over `[start, end)` in ticks of the time base."""

    index: int
    first: int
    last: int
    start: int
    end: int


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """Integer ticks of `time_base`, in the source's own clock. Presentation time 0 is `cuts[0]`.

    `cuts` are the segments' starts and the end of the last; `idrs` are all IDR times, each cut but the
    last among them; `chunks` are runs of segments. Every rung is cut exactly here.
    """

    time_base: Fraction
    cuts: tuple[int, ...]
    idrs: tuple[int, ...]
    chunks: tuple[Chunk, ...]
    frame_times: FrameTimes | None = None
    """All frames of the source's video; None where there is only sound."""

    def __post_init__(self) -> None:
        if len(self.cuts) < 2 or any(a >= b for a, b in zip(self.cuts, self.cuts[1:], strict=False)):
            raise ValueError("a timeline needs at least one segment, and cuts that rise")
        if not set(self.cuts[:-1]) <= set(self.idrs):
            raise ValueError("every segment must start with an IDR picture")

    @property
    def origin(self) -> int:
        """The tick that presents at time 0."""
        return self.cuts[0]

    @property
    def duration_us(self) -> int:
        """Length of the presentation."""
        return round((self.cuts[-1] - self.cuts[0]) * self.time_base * 1_000_000)

    @property
    def timescale(self) -> int:
        """Ticks a second of the ISO BMFF tracks made from this timeline."""
        return self.time_base.denominator

    def media_time(self, pts: int) -> int:
        """A source time as ticks of `timescale` from presentation time 0."""
        return (pts - self.origin) * self.time_base.numerator

    def seconds(self, pts: int) -> Fraction:
        """A source time as exact seconds from presentation time 0."""
        return (pts - self.origin) * self.time_base

    def segment_seconds(self, index: int) -> tuple[Fraction, Fraction]:
        """When a segment starts and ends, in exact seconds from presentation time 0."""
        return self.seconds(self.cuts[index]), self.seconds(self.cuts[index + 1])


def frames_between(pts: Sequence[int], start: int, end: int, divisor: int = 1) -> Sequence[int]:
    """Those of the source's rising frame times `pts` that lie in `[start, end)` and that a rung keeping every
    `divisor`-th frame of the source shows."""
    first, last = bisect_left(pts, start), bisect_left(pts, end)
    return pts[first + (-first) % divisor : last : divisor]


def plan_timeline(
    frame_times: FrameTimes, time_base: Fraction, *, segment_us: int, idr_us: int, divisor: int = 1
) -> Timeline:
    """Cuts on real frames: IDR pictures at most `idr_us` apart, segments of whole GOPs within `segment_us`.

    With rungs that keep every n-th frame, `divisor` is the common multiple: cuts fall on frames all have.
    Where the source itself shows one frame for longer than that, the next frame is taken.
    """
    pts = frame_times.pts()[::divisor]
    idrs = _greedy(pts, Fraction(idr_us, 1_000_000) / time_base, frame_times.end)
    cuts = _greedy(idrs, Fraction(segment_us, 1_000_000) / time_base, frame_times.end)
    shortest = SHORTEST_TAIL_S / time_base
    if len(cuts) > 1 and frame_times.end - cuts[-1] < shortest:
        cuts.pop()
    return _timeline(time_base, [*cuts, frame_times.end], idrs, frame_times)


def plan_sound_timeline(duration_us: int, *, segment_us: int) -> Timeline:
    """Equal segments of `segment_us` for a source without pictures, in microseconds from 0."""
    cuts = list(range(0, duration_us, segment_us))
    if len(cuts) > 1 and (duration_us - cuts[-1]) * 2 < 1_000_000:
        cuts.pop()
    return _timeline(Fraction(1, AUDIO_ONLY_TICKS), [*cuts, duration_us], cuts, None)


def _greedy(times: Sequence[int], longest: Fraction, end: int) -> list[int]:
    """The first time, then always the last one within `longest` of the one before (or just the next), until
    what is left up to the end is no longer than that."""
    chosen = [times[0]]
    at = 0
    while at < len(times) - 1:
        if end - times[at] <= longest:
            break
        at = max(at + 1, bisect_right(times, times[at] + longest) - 1)
        chosen.append(times[at])
    return chosen


def _timeline(
    time_base: Fraction, cuts: list[int], idrs: Sequence[int], frame_times: FrameTimes | None
) -> Timeline:
    return Timeline(
        time_base=time_base,
        cuts=tuple(cuts),
        idrs=tuple(idrs),
        chunks=_chunks(cuts),
        frame_times=frame_times,
    )


def _chunks(cuts: Sequence[int]) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    first = 0
    while first < len(cuts) - 1:
        length = CHUNK_SEGMENTS[min(len(chunks), len(CHUNK_SEGMENTS) - 1)]
        last = min(first + length, len(cuts) - 1)
        chunks.append(Chunk(index=len(chunks), first=first, last=last, start=cuts[first], end=cuts[last]))
        first = last
    return tuple(chunks)
