"""Quality numbers, the per-frame series behind them, and the meters that give them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, harmonic_mean, quantiles
from typing import Literal, NamedTuple

import msgspec

from codek7.core.errors import ToolMissing

MetricName = Literal["vmaf", "xpsnr", "ssim", "psnr", "cambi"]

VMAF = "vmaf_v0.6.1"
VMAF_NEG = "vmaf_v0.6.1neg"
VMAF_4K = "vmaf_4k_v0.6.1"
VMAF_V1 = "vmaf_v1.0.16_3d0h"
"""Models of VMAF, by the names that libvmaf has for them. Scores of different models never compare."""
RISES_WITH_FAULTS: frozenset[MetricName] = frozenset({"cambi"})
"""Metrics of which less is better."""
MOST_PIXELS_HD = 2560 * 1440
"""Above this VMAF is asked with its model for 2160 lines, as ab-av1 and Netflix do."""


class Metric(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """What is counted: a metric and, for VMAF, its model. All rise with quality but CAMBI, which counts
    banding: 0 is none."""

    name: MetricName
    model: str = ""

    @property
    def label(self) -> str:
        """For people: "VMAF (vmaf_v0.6.1)", "XPSNR"."""
        return f"{self.name.upper()} ({self.model})" if self.model else self.name.upper()


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """One way of getting scores on this machine, signed `name@version`.

    Of the meters that have a metric, the one with the lowest `rank` is asked. `trouble` says why one is of no
    use here; it then has no metrics.
    """

    signature: str
    metrics: tuple[Metric, ...] = ()
    rank: int = 100
    trouble: str = ""


def never() -> bool:
    """Nobody cancels."""
    return False


def unheard(pairs: int) -> None:
    """Nobody is told."""


def share_out(metrics: Sequence[Metric], meters: Sequence[Meter]) -> dict[str, tuple[Metric, ...]]:
    """Which meter, by its signature, is asked for which metrics: the first that has one is asked for it.

    Raises `ToolMissing` for a metric that none has: nothing else is given in its place.
    """
    shared: dict[str, list[Metric]] = {}
    for metric in dict.fromkeys(metrics):
        able = next((meter for meter in meters if metric in meter.metrics), None)
        if able is None:
            raise ToolMissing(
                f"nothing here measures {metric.label}", hint="`codek7 doctor` says what is missing"
            )
        shared.setdefault(able.signature, []).append(metric)
    return {signature: tuple(wanted) for signature, wanted in shared.items()}


class Comparison(NamedTuple):
    """What a meter is asked for: the metrics `metrics` of two files whose pictures are paired by number.

    Every `every`-th pair is scored, beginning with the first. `cancelled` is asked often, and `on_progress`
    told how many pairs are done.
    """

    reference: Path
    distorted: Path
    meter: str
    metrics: tuple[Metric, ...]
    every: int = 1
    cancelled: Callable[[], bool] = never
    on_progress: Callable[[int], None] = unheard


class Defect(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file does not say what it is, so that players show it wrong and scores fall.

    `said` is what the distorted file declares ("unknown" where it is silent), `found` what its pictures are,
    going by the reference, which itself declares `reference`. Values are FFmpeg's names.
    """

    kind: Literal["range", "matrix", "primaries", "transfer"]
    said: str
    found: str
    reference: str

    @property
    def message(self) -> str:
        """For people."""
        if self.kind == "range":
            return (
                f"range: it says {self.said}, the reference {self.reference}, but beside that its luma is "
                f"{self.found}: one of the two flags is wrong"
            )
        return f"{self.kind}: it says {self.said}, the reference {self.reference}"


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one distorted file against its reference, frame by frame in presentation order.

    `meter` signs it `name@version`; `model` names the metric's model, where it has one. `per_frame` has the
    scores of the pairs 0, `every`, 2 * `every` and so on.
    """

    metric: MetricName
    model: str = ""
    meter: str
    every: int = 1
    per_frame: tuple[float, ...]

    @property
    def frames(self) -> int:
        """How many pairs were scored."""
        return len(self.per_frame)

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return fmean(self.per_frame)

    @property
    def harmonic_mean(self) -> float:
        """Harmonic mean; frames at or below 0 count as next to 0, so one bad frame shows."""
        return harmonic_mean([max(score, 1e-6) for score in self.per_frame])

    @property
    def p1(self) -> float:
        """The 1st percentile."""
        return self.percentile(1)

    @property
    def p5(self) -> float:
        """The 5th percentile."""
        return self.percentile(5)

    def worst(self, count: int) -> tuple[tuple[int, float], ...]:
        """The numbers of so many frames and their scores, the worst first."""
        places = sorted(
            range(self.frames), key=self.per_frame.__getitem__, reverse=self.metric in RISES_WITH_FAULTS
        )
        return tuple((place * self.every, self.per_frame[place]) for place in places[:count])

    def percentile(self, percent: int) -> float:
        """The score that `percent` of the frames (1 to 99) do not reach, interpolated between frames."""
        if len(self.per_frame) == 1:
            return self.per_frame[0]
        return quantiles(self.per_frame, n=100, method="inclusive")[percent - 1]
