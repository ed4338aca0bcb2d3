"""What a way of scoring can: equal pictures are scored, and whatever does not say so of them is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import msgspec

from codek7.core.errors import Codek7Error
from codek7.core.measurement import Metric
from codek7.core.tasks import Filter
from codek7.core.values import from_json
from codek7.ffmpeg.pairing import Canvas
from codek7.ffmpeg.scoring import HIGHEST, Scores, Step
from codek7.ffmpeg.sides import Side

FRAMES = 2
CANVAS = Canvas(256, 256)
"""Large enough for every metric (see `codek7.ffmpeg.scoring.fits`)."""
EQUAL = Side(path=Path(), index=0, frames=FRAMES, certain=True, width=CANVAS.width, height=CANVAS.height)
"""What both sides of a self-test are, made by FFmpeg's `testsrc2`."""
LEAST_VMAF = 97.0
"""What equal pictures score at least; the first of a file seldom reaches 100."""
LEAST_SSIM = 0.9999
VERSION_LOG = "version.json"
VERSION = (
    Step(
        Filter(name="libvmaf", options={"log_fmt": "json", "log_path": VERSION_LOG}),
        ("distorted", "reference"),
        ("out",),
    ),
)
"""A graph whose log says which libvmaf wrote it."""


class Abilities(NamedTuple):
    """What a way of scoring can here; `libvmaf` is the version of that library, or ""; `trouble` says why it
    can nothing, or less than it claims."""

    metrics: tuple[Metric, ...] = ()
    libvmaf: str = ""
    trouble: str = ""


class _Log(msgspec.Struct):
    """The part of libvmaf's JSON log that is read."""

    version: str


def version_in(log: bytes) -> str:
    """The version of the libvmaf that wrote a JSON log."""
    return "".join(from_json(log, _Log).version.split())


def whatever_works(
    candidates: Sequence[Metric], attempt: Callable[[tuple[Metric, ...]], Scores]
) -> tuple[tuple[Metric, ...], str]:
    """Those of the candidates that score `FRAMES` equal pictures as they should, and what was wrong with the
    first that does not. All are tried together; one by one only where that fails."""
    together, _ = _try(tuple(candidates), attempt)
    if together or not candidates:
        return tuple(candidates), ""
    tried = {metric: _try((metric,), attempt) for metric in candidates}
    wrong = next((f"no {metric.label}: {why}" for metric, (fine, why) in tried.items() if not fine), "")
    return tuple(metric for metric, (fine, _) in tried.items() if fine), wrong


def _try(metrics: tuple[Metric, ...], attempt: Callable[[tuple[Metric, ...]], Scores]) -> tuple[bool, str]:
    try:
        scores = attempt(metrics)
    except (Codek7Error, OSError, ValueError) as error:
        return False, " ".join(str(error).split())[:300]
    for metric in metrics:
        if not _credible(metric, scores.of[metric]):
            return False, f"of equal pictures it is {scores.of[metric]}"
    return True, ""


def _credible(metric: Metric, scores: tuple[float, ...]) -> bool:
    if len(scores) != FRAMES or not all(map(isfinite, scores)):
        return False
    if metric.name == "cambi":
        return min(scores) >= 0
    least = {"vmaf": LEAST_VMAF, "ssim": LEAST_SSIM}.get(metric.name, HIGHEST)
    return least <= min(scores) <= max(scores) <= 100
