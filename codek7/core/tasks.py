"""Work that can be done anywhere: everything a worker needs to know, and what it says while working."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from codek7.core.ladder import AudioRung, Range, Rung
from codek7.core.measurement import Metric
from codek7.core.media import AudioTrack, Limits, Source, VideoTrack
from codek7.core.records import ChunkRecord, ScoreRecord
from codek7.core.timeline import Chunk


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One FFmpeg video filter: its name and options. Part of the content key of what it touches."""

    name: str
    options: dict[str, str] = {}


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One rung of a chunk: its content key, and the source times of exactly the frames it must hold."""

    key: str
    rung: Rung
    filters: tuple[Filter, ...] = ()
    divisor: int = 1
    frame_rate: Fraction
    """Frames a second that the encoder is told: for its rate control and level, not for timing."""
    reorder: int = 0
    """By how many frames the encoder may put pictures out of order; 0 forbids B-frames."""
    delay: int = 0
    """Ticks of reordering that the track's edit list takes off; the same for all chunks of a rendition."""
    frames: tuple[int, ...]


class EncodeTask(msgspec.Struct, frozen=True, kw_only=True, tag="encode"):
    """One chunk of video: decoded once, encoded for every target. `segments` are its segments' starts and
    the end of the last, `idrs` all its IDR times, in ticks of the track's time base; `origin` presents at 0.
    `samples_key` is set where the sample object is wanted as well."""

    source: Source
    track: VideoTrack
    chunk: Chunk
    origin: int
    segments: tuple[int, ...]
    idrs: tuple[int, ...]
    targets: tuple[Target, ...]
    samples_key: str = ""
    limits: Limits = Limits()

    @property
    def keys(self) -> tuple[str, ...]:
        """The content keys of everything this task makes."""
        keys = tuple(target.key for target in self.targets)
        return (*keys, self.samples_key) if self.samples_key else keys


class AudioTask(msgspec.Struct, frozen=True, kw_only=True, tag="audio"):
    """One rendition of one sound track, encoded in one go and cut into an object per chunk.

    `cuts_us`: for each chunk, its segments' starts and the end of the last, in microseconds of presentation
    time. `origin` is the presentation's time 0 in the container's clock, in seconds.
    """

    source: Source
    track: AudioTrack
    rung: AudioRung
    origin: Fraction
    cuts: tuple[tuple[Fraction, ...], ...]
    chunk_keys: tuple[str, ...]
    limits: Limits = Limits()

    @property
    def keys(self) -> tuple[str, ...]:
        """The content keys of everything this task makes."""
        return self.chunk_keys


class ReferenceTask(msgspec.Struct, frozen=True, kw_only=True, tag="reference"):
    """What the rungs of a chunk are measured against: the pictures planned for it as they are seen (upright,
    with square pixels, in the source's size and in the rungs' dynamic range), losslessly, one by one.

    `frames` are their source times, `origin` presents at 0, all in ticks of the track's time base. An encoder
    leaves `KEY.mkv` in its folder, and tells no record: it is no part of any presentation.
    """

    source: Source
    track: VideoTrack
    chunk: Chunk
    origin: int
    key: str
    dynamic_range: Range = "sdr"
    divisor: int = 1
    frames: tuple[int, ...]
    limits: Limits = Limits()

    @property
    def keys(self) -> tuple[str, ...]:
        """The content key of the pictures."""
        return (self.key,)


class MeasureTask(msgspec.Struct, frozen=True, kw_only=True, tag="measure"):
    """A chunk object that was encoded, against the pictures it was made from. Every `every`-th is scored."""

    reference: ReferenceTask
    encoded: str
    """The content key of the chunk object."""
    key: str
    metrics: tuple[Metric, ...]
    every: int = 1

    @property
    def source(self) -> Source:
        """Whose pictures are compared."""
        return self.reference.source

    @property
    def keys(self) -> tuple[str, ...]:
        """The content key of the scores."""
        return (self.key,)


MediaTask = EncodeTask | AudioTask
"""What makes parts of a presentation."""

Encodable = MediaTask | ReferenceTask
"""What an encoder is asked to make."""

Task = MediaTask | MeasureTask
"""What an executor runs."""


class Progress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """How far a task is: microseconds of its media done, and the speed in media seconds a second."""

    done_us: int
    speed: float = 0.0


class Attempt(msgspec.Struct, frozen=True, kw_only=True, tag="attempt"):
    """One run of a tool for a task, as it ended."""

    keys: tuple[str, ...]
    tool: str
    command: str
    outcome: Literal["done", "failed", "stalled", "cancelled", "wrong"]
    started_us: int
    wall_us: int
    cpu_us: int
    tail: str = ""


Update = Progress | Attempt | ChunkRecord | ScoreRecord


class Workspace(NamedTuple):
    """Where a worker works: the source as a local file, an empty folder of its own, whom to tell of progress,
    attempts and records, and whether to stop.

    An encoder leaves `KEY.m4s` and (for audio and video) `KEY.init.mp4` in the folder before it tells KEY's
    record.
    """

    source: Path
    folder: Path
    tell: Callable[[Update], None]
    cancelled: Callable[[], bool]
