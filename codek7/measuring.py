"""Measuring as doors ask for it: two files, what is wrong with their tags, and the metrics that there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from codek7.core.errors import Interrupted, ToolMissing, UsageError
from codek7.core.hook_calls import failed
from codek7.core.measurement import (
    MOST_PIXELS_HD,
    VMAF,
    VMAF_4K,
    Defect,
    Measurement,
    Metric,
    never,
    unheard,
)
from codek7.ffmpeg.pairing import pair_files, recount
from codek7.ffmpeg.scoring import FILTER_METRICS, VMAF_METRICS, check_fits, fits
from codek7.hub import Hub

KNOWN = (*VMAF_METRICS, *FILTER_METRICS)
"""The metrics that built-in meters may have; a plugin's meter may have others."""


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a comparison at the reference's size as shown: a measurement for each metric, in the order
    asked for, and what tags are wrong. Defects are not taken out of the scores: viewers see them too."""

    width: int
    height: int
    frames: int
    measurements: tuple[Measurement, ...]
    defects: tuple[Defect, ...] = ()


def compare_files(
    hub: Hub,
    reference: Path,
    distorted: Path,
    metrics: Sequence[Metric] = (),
    *,
    every: int = 1,
    cancelled: Callable[[], bool] = never,
    on_pairs: Callable[[int], None] = unheard,
    on_progress: Callable[[int], None] = unheard,
) -> Compared:
    """Measure how good `distorted` is beside `reference`, picture by picture.

    Without `metrics`, all that cost little: VMAF (with its model for 2160 lines above 1440) where a meter has
    it, XPSNR, SSIM and PSNR. `on_pairs` hears once how many pairs there are, `on_progress` how many are done.

    Raises `MediaError` (also where the two have not equally many pictures), `ToolMissing` for a metric that
    nothing here measures, `PluginFailed` and `Interrupted`.
    """
    pair = pair_files(reference, distorted, hub.settings.limits)
    canvas = pair.canvas
    meters = hub.hooks.meters()
    if metrics:
        check_fits(metrics, canvas)
    else:
        asked = _usual(canvas.width * canvas.height)
        metrics = tuple(m for m in asked if fits(m, canvas) and any(m in meter.metrics for meter in meters))
    if not metrics:
        check_fits([metric for meter in meters for metric in meter.metrics], canvas)
        raise ToolMissing("nothing here measures quality", hint="`codek7 doctor` says what is missing")
    from codek7.ffmpeg.defects import find_defects

    on_pairs(pair.frames)
    defects = find_defects(pair, hub.settings.limits)
    collected = hub.hooks.measure(
        reference, distorted, metrics, every=every, cancelled=cancelled, on_progress=on_progress
    )
    if cancelled():
        raise Interrupted(f"measuring {distorted.name} was cancelled", hint="run it again")
    if collected.raised:
        recount(pair, hub.settings.limits)  # nearly always damage, which is worth being told of by name
        raise failed(*collected.raised[0])
    found = {Metric(name=each.metric, model=each.model): each for each in collected.answers}
    return Compared(
        width=canvas.width,
        height=canvas.height,
        frames=pair.frames,
        measurements=tuple(found[metric] for metric in dict.fromkeys(metrics)),
        defects=defects,
    )


def metric_named(text: str) -> Metric:
    """A metric by its name, or VMAF by its model's; plain `vmaf` is its usual model. Raises `UsageError`."""
    named = {metric.model or metric.name: metric for metric in KNOWN} | {
        "vmaf": Metric(name="vmaf", model=VMAF)
    }
    if text.lower() not in named:
        raise UsageError(f"there is no metric {text!r}", hint=f"there are {', '.join(sorted(named))}")
    return named[text.lower()]


def _usual(pixels: int) -> tuple[Metric, ...]:
    model = VMAF_4K if pixels > MOST_PIXELS_HD else VMAF
    return (Metric(name="vmaf", model=model), *FILTER_METRICS)
