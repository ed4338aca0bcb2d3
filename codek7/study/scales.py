"""What counts as good, as different, and as nothing, for each metric a study can go by."""

from __future__ import annotations

from typing import NamedTuple

from codek7.core.errors import ToolMissing, UsageError
from codek7.core.measurement import MOST_PIXELS_HD, VMAF, VMAF_4K, Meter, Metric, MetricName
from codek7.ffmpeg.scoring import VMAF_METRICS

ALMOST = 0.85
"""So much of a step or a ratio is enough once rungs are made: those that are chosen so far apart are seldom
exactly that."""


class Scale(NamedTuple):
    """`top`: no rung need be better. `step`: one just-noticeable difference, by which rungs are apart. Below
    `floor` nobody watches. Closer than `near` to the best, a size may be the best."""

    top: float
    step: float
    floor: float
    near: float


SCALES: dict[MetricName, Scale] = {
    "vmaf": Scale(top=95, step=6, floor=25, near=3),
    "xpsnr": Scale(top=44, step=2.5, floor=24, near=1),
    "psnr": Scale(top=44, step=2.5, floor=24, near=1),
    "ssim": Scale(top=0.99, step=0.02, floor=0.7, near=0.01),
}
"""VMAF's step is the one just-noticeable difference of 6 that JALE (Menon et al., 2024) and Mux go by; those
of the others are as wide as that over the middle of common ladders, no more than a rule of thumb."""


def choose_metric(asked: str, pixels: int, meters: tuple[Meter, ...]) -> Metric:
    """The metric that was asked for, by its name or the name of VMAF's model; else VMAF with the model for
    the size, else whatever this machine has that comes closest. Raises `UsageError` for what no ladder can be
    tuned by, `ToolMissing` where this machine has nothing."""
    there = [metric for meter in meters for metric in meter.metrics if metric.name in SCALES]
    models = [metric.model for metric in (*VMAF_METRICS, *there) if metric.name == "vmaf"]
    names = dict.fromkeys((*SCALES, *models))
    if asked and asked not in names:
        raise UsageError(f"no ladder can be tuned by {asked!r}", hint=f"there are {', '.join(names)}")
    if asked:
        there = [metric for metric in there if asked in (metric.name, metric.model)]
    model = VMAF_4K if pixels > MOST_PIXELS_HD else VMAF
    order = list(SCALES)
    ranked = sorted(there, key=lambda metric: (order.index(metric.name), metric.model != model))
    if not ranked:
        what = asked or "any metric that a ladder can be tuned by"
        raise ToolMissing(f"nothing here measures {what}", hint="`codek7 doctor` says what is missing")
    return ranked[0]
