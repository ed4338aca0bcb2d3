"""What was made: chunk objects and the records that prove them done, and what a presentation is built from.

A record is written last, beside its object, by whoever made it. It holds everything that packaging,
the catalog and a resumed run need to know of the object, so no object is read twice.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

import msgspec

from codek7.core.ladder import AudioRung, Rung
from codek7.core.measurement import Measurement
from codek7.core.values import content_hash

WORK = "work/"
"""What every key of work begins with."""
ASSETS = "assets/"
"""What every key of a published object begins with; the asset's id and the version follow."""

RecordKind = Literal["video", "audio", "samples"]


class Fragment(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One CMAF fragment (`moof` + `mdat`) of an object. Ticks are of the track's timescale.

    `lead_bytes` is the length from the fragment's first byte to the last byte of its first sample: for
    video, the I-frame with all that is needed to decode it.
    """

    offset: int
    size: int
    lead_bytes: int
    start: int
    duration: int
    frames: int


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One media segment: whole fragments, one behind the other, in one object."""

    index: int
    fragments: tuple[Fragment, ...]

    @property
    def offset(self) -> int:
        """First byte within the object."""
        return self.fragments[0].offset

    @property
    def size_bytes(self) -> int:
        """Length of the segment's byte range."""
        return sum(fragment.size for fragment in self.fragments)

    @property
    def duration(self) -> int:
        """In ticks."""
        return sum(fragment.duration for fragment in self.fragments)


class SampleImage(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One JPEG picture of a sample object: its byte range and the source time (in ticks) it shows."""

    offset: int
    size: int
    pts: int


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What one object cost: the command, the seconds and the tool, signed `name@version`."""

    tool: str
    command: str = ""
    cpu_us: int = 0
    wall_us: int = 0


class ChunkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Proof that one chunk of one track is done. `key` is its content address; the object and its init
    section are found in the work store by it."""

    key: str
    kind: RecordKind
    chunk: int
    timescale: int = 0
    codecs: str = ""
    """RFC 6381 codec string, read from the init section."""
    width: int = 0
    height: int = 0
    init_sha256: str = ""
    init_size: int = 0
    size_bytes: int
    frames: int = 0
    segments: tuple[Segment, ...] = ()
    images: tuple[SampleImage, ...] = ()
    work: Work


class ScoreRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Proof that a chunk object was measured: every metric asked for, picture by picture. `key` is its
    content address; `wall_us` is what measuring took."""

    key: str
    measurements: tuple[Measurement, ...]
    wall_us: int = 0


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """An encoded rung: one init section and the records of all its chunks, in order.

    `name` is the rendition's folder in the presentation. For video `rung` is set, for audio `audio_rung`.
    """

    name: str
    kind: Literal["video", "audio"]
    rung: Rung | None = None
    audio_rung: AudioRung | None = None
    track: int
    language: str = ""
    title: str = ""
    default: bool = False
    frame_rate: Fraction | None = None
    records: tuple[ChunkRecord, ...]

    @property
    def timescale(self) -> int:
        """Ticks a second."""
        return self.records[0].timescale

    @property
    def codecs(self) -> str:
        """RFC 6381."""
        return self.records[0].codecs

    @property
    def size_bytes(self) -> int:
        """All objects and the init section."""
        return sum(record.size_bytes for record in self.records) + self.records[0].init_size

    @property
    def segments(self) -> tuple[tuple[ChunkRecord, Segment], ...]:
        """Every segment with the record of the object it is in, in order."""
        return tuple((record, segment) for record in self.records for segment in record.segments)


class TextCue(msgspec.Struct, frozen=True, kw_only=True):
    """A subtitle, shown from `start_us` to `end_us` of presentation time. `text` is plain, with newlines."""

    start_us: int
    end_us: int
    text: str


class TextRendition(msgspec.Struct, frozen=True, kw_only=True):
    """A subtitle rendition, before it is segmented."""

    name: str
    language: str
    title: str
    default: bool = False
    forced: bool = False
    cues: tuple[TextCue, ...]


class SampleSet(msgspec.Struct, frozen=True, kw_only=True):
    """All sample pictures of a source, by chunk, on its timeline."""

    time_base: Fraction
    origin: int
    records: tuple[ChunkRecord, ...]

    def images(self) -> tuple[tuple[ChunkRecord, SampleImage, int], ...]:
        """Every picture with its record and presentation time in microseconds."""
        return tuple(
            (record, image, round((image.pts - self.origin) * self.time_base * 1_000_000))
            for record in self.records
            for image in record.images
        )


def work_key(*parts: object) -> str:
    """The content address of a piece of work: SHA-256 over everything that decides its bytes."""
    return content_hash(parts)


def object_key(key: str) -> str:
    """Where the media bytes of a piece of work are stored."""
    return f"{WORK}{key[:2]}/{key}.m4s"


def init_key(key: str) -> str:
    """Where the init section that came with a piece of work is stored."""
    return f"{WORK}{key[:2]}/{key}.init.mp4"


def record_key(key: str) -> str:
    """Where the record is stored; it is written last."""
    return f"{WORK}{key[:2]}/{key}.json"


def score_key(key: str) -> str:
    """Where the scores of a measured chunk are stored."""
    return f"{WORK}{key[:2]}/{key}.scores.json"
