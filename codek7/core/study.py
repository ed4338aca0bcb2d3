"""What a study of a source finds: trials, the curves and the front they lie on, and the ladder chosen."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from codek7.core.ladder import Ladder, Rung
from codek7.core.measurement import Measurement, Metric

Purpose = Literal["probe", "verify", "baseline"]
"""Why a rung was tried: to learn the curves, to check a chosen rung in full, or to know the rival."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A rung made over some chunks of a source with production's settings, and how good it is there.

    `key` is the address of all of it; `chunk_keys` are those of the chunk objects, which an ingest of the
    same rung finds done. `spans` are the chunks' segments, `[first, last)` by number. Costs are those of when
    it was first made.
    """

    key: str
    rung: Rung
    purpose: Purpose
    spans: tuple[tuple[int, int], ...]
    chunk_keys: tuple[str, ...]
    score_keys: tuple[str, ...] = ()
    frames: int
    duration_us: int
    size_bytes: int
    average_bps: int
    peak_bps: int
    encode_cpu_us: int = 0
    encode_wall_us: int = 0
    measure_wall_us: int = 0
    measurement: Measurement

    @property
    def score(self) -> float:
        """What the study goes by: the mean over the frames."""
        return self.measurement.mean


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A place on a rate-quality plane: what a rung costs on average, and what it scores."""

    rung: Rung
    average_bps: int
    score: float
    peak_bps: int = 0
    cpu_s_per_hour: float = 0.0
    """Seconds of CPU that encoding an hour of the source takes."""


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Rate against quality of one codec in one size, rising in both. `points` are what was tried."""

    codec: str
    width: int
    height: int
    points: tuple[Point, ...]

    @property
    def label(self) -> str:
        """For people: "h264 720p"."""
        return f"{self.codec} {min(self.width, self.height)}p"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a study: a ladder; what each of its tuned rungs is predicted to cost and to score; and, in
    the same order, what it did when it was made in full (`verified`, empty where none was).

    `bd_rate` is the mean rate that the ladder saves (negative) or costs, in percent, at equal quality against
    the ladder named `against`, whose rungs did what `rival` says; None where the two have too little quality
    in common.
    """

    ladder: Ladder
    metric: Metric
    predicted: tuple[Point, ...]
    verified: tuple[Point, ...] = ()
    rival: tuple[Point, ...] = ()
    probes: int = 0
    against: str = ""
    bd_rate: float | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A study that ended: of which source, under which policy, and what was chosen."""

    source_sha256: str
    policy: str
    chosen: Chosen


class StudyPlanned(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="study-planned"):
    """What will be looked at: the sizes by codec, over which segments of the source, by which metric."""

    metric: Metric
    meter: str
    sizes: dict[str, tuple[tuple[int, int], ...]]
    segments: tuple[int, ...]
    sampled_us: int
    duration_us: int
    budget: int


class TrialProgressed(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="trial-progressed"):
    """How far the encode of a rung is."""

    rung: Rung
    done_us: int
    total_us: int


class TrialEnded(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="trial-ended"):
    """A rung was tried; `known` where an earlier study had."""

    trial: Trial
    known: bool = False


class FrontMoved(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="front-moved"):
    """What is known so far: the curves, the front through them, and the ladder that would be chosen now."""

    curves: tuple[Curve, ...]
    front: tuple[Point, ...]
    ladder: tuple[Point, ...]
    probes: int


class StudyEnded(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="study-ended"):
    """The ladder that was found."""

    chosen: Chosen


StudyUpdate = StudyPlanned | TrialProgressed | TrialEnded | FrontMoved | StudyEnded


class PairedFrames(NamedTuple):
    """Two pictures of the same number, the reference's and the trial's, as JPEG or PNG files; the score."""

    number: int
    reference: bytes
    distorted: bytes
    score: float | None
