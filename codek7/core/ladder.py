"""What to encode: rungs, ladders and the policies they are planned from."""

from __future__ import annotations

from fractions import Fraction
from math import inf, lcm
from typing import Literal

import msgspec

from codek7.core.errors import LadderInvalid
from codek7.core.values import content_hash

Codec = Literal["h264", "hevc", "av1"]
Range = Literal["sdr", "hdr10", "hlg"]
SoundCodec = Literal["aac", "ac3"]

SEGMENT_US = 6_000_000
IDR_US = 2_000_000


class Rung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One target: constant quality `crf` under a VBV ceiling of `ceiling_bps`.

    `width` and `height` are upright with square pixels, both even. `frame_rate` is the highest wanted, in
    frames a second: the source's frames are kept, or every n-th of them, exactly; None keeps all.
    """

    codec: Codec = "h264"
    width: int
    height: int
    frame_rate: Fraction | None = None
    crf: float
    ceiling_bps: int
    preset: str = "veryfast"
    dynamic_range: Range = "sdr"
    bit_depth: Literal[8, 10] = 8
    threads: int = 1
    """Encoder threads. x264's pictures change with it, so it is never taken from the machine."""
    options: dict[str, str] = {}
    """More encoder options, in the encoder's own `-x264-params`-like names."""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "crf", float(self.crf))  # 23 and 23.0 are one rung, with one hash
        if self.width % 2 or self.height % 2 or min(self.width, self.height) < 2:
            raise LadderInvalid(f"rung {self.width}x{self.height}: both sides must be even and at least 2")
        if self.ceiling_bps < 1_000:
            raise LadderInvalid(f"rung {self.label}: a ceiling of {self.ceiling_bps} bit/s is too low")
        if not 0 <= self.crf <= 63 or not 1 <= self.threads <= 64:
            raise LadderInvalid(f"rung {self.label}: crf is 0 to 63 and threads 1 to 64")
        if self.dynamic_range != "sdr" and (self.codec == "h264" or self.bit_depth != 10):
            raise LadderInvalid(f"rung {self.label}: {self.dynamic_range} needs HEVC or AV1 in 10 bits")

    @property
    def label(self) -> str:
        """A short name for people: "h264 720p", "hevc 1080p hdr10"."""
        high = f" {self.dynamic_range}" if self.dynamic_range != "sdr" else ""
        return f"{self.codec} {min(self.width, self.height)}p{high}"

    def divisor(self, source_rate: Fraction) -> int:
        """Every how many-th frame of a source of this rate the rung keeps: at least 1."""
        if self.frame_rate is None:
            return 1
        return max(1, -(-source_rate // (self.frame_rate * Fraction(102, 100))))


class AudioRung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How each audio language is encoded: `channels` channels of AAC-LC or AC-3 at `bitrate_bps`."""

    codec: SoundCodec = "aac"
    channels: Literal[1, 2, 6] = 2
    bitrate_bps: int = 128_000
    sample_rate: int = 48_000


STEREO = AudioRung()
SURROUND = AudioRung(codec="ac3", channels=6, bitrate_bps=384_000)
"""Not AAC as well: players would take it for another rate of the stereo (docs/decisions/0014)."""


class Ladder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rungs in rising order, the audio beside them, the cuts they share, and who planned it (`name@version`).

    Every sound track is made in the audio with the fewest channels, and in those with more that it has.
    """

    rungs: tuple[Rung, ...] = ()
    audio: tuple[AudioRung, ...] = (STEREO, SURROUND)
    segment_us: int = SEGMENT_US
    idr_us: int = IDR_US
    planner: str = ""

    def __post_init__(self) -> None:
        if not self.rungs and not self.audio:
            raise LadderInvalid("a ladder needs at least one rung")
        if len(set(map(content_hash, self.rungs))) < len(self.rungs):
            raise LadderInvalid("two rungs of the ladder are the same")
        if not 100_000 <= self.idr_us <= self.segment_us <= 60_000_000:
            raise LadderInvalid("needs 0.1 s <= idr_us <= segment_us <= 60 s")

    @property
    def hash(self) -> str:
        """SHA-256 over everything that changes the bytes; who planned it does not."""
        return content_hash(msgspec.structs.replace(self, planner=""))

    def divisor(self, source_rate: Fraction) -> int:
        """The common multiple of all rungs' frame divisors: cuts must fall on these frames."""
        return lcm(*(rung.divisor(source_rate) for rung in self.rungs))


class Tuning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a study goes by when it looks for the best ladder of a source. 0 and nothing ask for the default.

    Sizes are short sides in pixels. The constraints on sizes are those of AWS's automated ABR.
    """

    metric: str = ""
    """A metric or a model of VMAF; empty for the VMAF of the source's size, or what this machine has
    instead."""
    top_score: float = 0.0
    """No rung need be better; 95 of VMAF."""
    step_score: float = 0.0
    """By how much a rung is worse than the one above it, at least: one just-noticeable difference, 6 of
    VMAF."""
    step_ratio: float = 1.5
    """By which factor it is cheaper, at least: adjacent rates 1.5 to 2 times apart are what Apple's TN2224
    recommends."""
    lowest_bps: int = 145_000
    """No rung is below this rate, but the lowest of a source that needs no more."""
    sizes: tuple[int, ...] = ()
    """The only sizes that rungs may have."""
    forced_sizes: tuple[int, ...] = ()
    """Sizes that must be among the rungs, where the source has them."""
    min_top_size: int = 0
    """The best rung is at least so large, as far as the source is."""
    min_bottom_size: int = 0
    """And so is every other."""
    budget: int = 12
    """How many probes a codec may cost; with few sizes to choose from, fewer are enough."""
    sample_s: int = 24
    """Longer sources (half as long again) are probed over so many seconds of them."""
    verify_s: int = 600
    """Chosen rungs are made and measured over so much of the source: all of it, where it is no longer."""

    def __post_init__(self) -> None:
        if self.budget < 3 or self.sample_s < 1 or self.verify_s < 0:
            raise LadderInvalid("tuning needs budget >= 3, sample_s >= 1 and verify_s >= 0")
        if not (0 <= self.top_score < inf and 0 <= self.step_score < inf):
            raise LadderInvalid("tuning needs top_score >= 0 and step_score >= 0, and both finite")
        if not 1 <= self.step_ratio < inf:
            raise LadderInvalid("tuning needs step_ratio >= 1, and finite")
        if min(self.lowest_bps, self.min_top_size, self.min_bottom_size) < 0:
            raise LadderInvalid("tuning needs lowest_bps, min_top_size and min_bottom_size >= 0")


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person asks of a ladder. A planner turns it and a source into a `Ladder`."""

    name: str
    base: Literal["standard", "capped", "source"] = "capped"
    codecs: tuple[Codec, ...] = ("h264",)
    keep_hdr: bool = False
    """From an HDR source also make HDR rungs (HEVC or AV1, where `codecs` has one) beside the SDR ones."""
    min_height: int = 0
    max_height: int = 4320
    max_rungs: int = 12
    max_bps: int = 0
    """The highest ceiling of any rung; 0 for none."""
    max_frame_rate: Fraction = Fraction(60)
    preset: str = "veryfast"
    audio: tuple[AudioRung, ...] = (STEREO, SURROUND)
    segment_us: int = SEGMENT_US
    idr_us: int = IDR_US
    tuning: Tuning = Tuning()
    drop_failed_rungs: bool = True
    """Publish without a rung that cannot be made, saying so; otherwise the job fails."""


def order(rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    """Rising: by codec as first named, then dynamic range, then ceiling."""
    codecs = list(dict.fromkeys(rung.codec for rung in rungs))
    ranges = ["sdr", "hlg", "hdr10"]
    return tuple(
        sorted(
            rungs,
            key=lambda r: (codecs.index(r.codec), ranges.index(r.dynamic_range), r.ceiling_bps, r.height),
        )
    )
