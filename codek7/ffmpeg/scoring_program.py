"""Scoring by an ffmpeg program: what it can, seen by trying, and a run of it for a pair of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from codek7.core.errors import EncodeFailed
from codek7.core.measurement import Comparison, Metric
from codek7.core.scratch import aside
from codek7.core.settings import Settings
from codek7.core.tasks import Filter, Progress
from codek7.ffmpeg.machine import usable_cores
from codek7.ffmpeg.pairing import Pair, normalising
from codek7.ffmpeg.process import run
from codek7.ffmpeg.program import Program, Stamp
from codek7.ffmpeg.safe_open import PROTOCOL_OPTIONS, shown
from codek7.ffmpeg.scoring import FILTER_METRICS, VMAF_METRICS, Asked, Scores, Step, read_scores, scoring
from codek7.ffmpeg.self_test import (
    CANVAS,
    EQUAL,
    FRAMES,
    VERSION,
    VERSION_LOG,
    Abilities,
    version_in,
    whatever_works,
)
from codek7.ffmpeg.sides import Side

RATE = 25
SECOND_US = 1_000_000


def program_abilities(program: Program) -> Abilities:
    """What the program can, kept while it does not change. The first time takes about a tenth of a second."""
    return _abilities(program, program.stamp)


def score_by_program(program: Program, pair: Pair, comparison: Comparison, settings: Settings) -> Scores:
    """One run over both files. Raises `EncodeError` and `Interrupted`."""
    cores = settings.cores or usable_cores()
    asked = Asked(comparison.metrics, comparison.every, pair.canvas.bit_depth, cores)

    def heard(progress: Progress) -> None:
        comparison.on_progress(min(round(progress.done_us * pair.canvas.rate / SECOND_US), pair.frames))

    with aside() as folder:
        ran = run(
            _command(program, _sides(pair, settings, cores), scoring(asked), cores),
            folder=folder,
            reads=sorted({pair.reference.path, pair.distorted.path}),
            cancelled=comparison.cancelled,
            on_progress=heard,
            stall_s=settings.stall_s,
            memory_bytes=settings.limits.max_memory_bytes,
            sandbox=settings.sandbox,
        )
        doing = f"measuring {shown(pair.distorted.path)}"
        ran.require_done(doing)
        try:
            return read_scores(asked, folder)
        except (OSError, ValueError) as error:
            raise EncodeFailed(f"{doing}: {program.path} left no scores: {error}") from error


def _sides(pair: Pair, settings: Settings, cores: int) -> dict[str, Any]:
    """Both sides on the canvas, by the names of their links."""
    import ffmpeg

    def opened(side: Side) -> Any:
        options = {**PROTOCOL_OPTIONS, "max_pixels": settings.limits.max_pixels, "threads": cores}
        # Turning is ours, and what changes in mid-stream must not begin the scores anew.
        own = {"noautorotate": None, "reinit_filter": 0}
        return ffmpeg.input(side.path, **options, **own)[str(side.index)]

    reference, distorted = opened(pair.reference), opened(pair.distorted)
    if pair.reference.path == pair.distorted.path:  # one input, then: its picture has to be split
        split = reference.filter_multi_output("split", 2)
        reference, distorted = split.stream(0), split.stream(1)
    return {
        "reference": _chained(reference, normalising(pair.reference, pair.canvas)),
        "distorted": _chained(distorted, normalising(pair.distorted, pair.canvas)),
    }


def _chained(picture: Any, filters: Sequence[Filter]) -> Any:
    for each in filters:
        picture = picture.filter(each.name, **each.options)
    return picture


def _command(program: Program, sides: Mapping[str, Any], steps: Sequence[Step], cores: int) -> list[str]:
    import ffmpeg

    links = dict(sides)
    for step in steps:
        taken = [links.pop(name) for name in step.takes]
        if len(step.gives) > 1:
            node = taken[0].filter_multi_output(step.filter.name, len(step.gives))
            links |= {name: node.stream(number) for number, name in enumerate(step.gives)}
        else:
            links[step.gives[0]] = ffmpeg.filter(taken, step.filter.name, **step.filter.options)
    output = ffmpeg.output(links["out"], "-", f="null", fps_mode="passthrough")
    ours = ["-loglevel", "error", "-filter_complex_threads", str(cores)]
    # Sources go in as paths: as text, ffmpeg-python takes no name that is not Unicode.
    return [str(part) for part in ffmpeg.compile(output, cmd=[program.path, *ours])]


@lru_cache(maxsize=16)
def _abilities(program: Program, _stamp: Stamp) -> Abilities:
    with aside() as folder:
        attempt = partial(_attempt, program, folder)
        metrics, trouble = whatever_works(_claimed(program), partial(_scored, attempt, folder))
        libvmaf = ""
        if any(metric in VMAF_METRICS for metric in metrics):
            attempt(VERSION)
            libvmaf = version_in((folder / VERSION_LOG).read_bytes())
    if not metrics and not trouble:
        trouble = f"{program.path} has none of the filters libvmaf, xpsnr, ssim, psnr"
    return Abilities(metrics, libvmaf, trouble)


def _claimed(program: Program) -> tuple[Metric, ...]:
    claimed = VMAF_METRICS if "libvmaf" in program.filters else ()
    return (*claimed, *(metric for metric in FILTER_METRICS if metric.name in program.filters))


def _scored(attempt: Callable[[Sequence[Step]], None], folder: Path, metrics: tuple[Metric, ...]) -> Scores:
    asked = Asked(metrics)
    attempt(scoring(asked))
    return read_scores(asked, folder)


def _attempt(program: Program, folder: Path, steps: Sequence[Step]) -> None:
    import ffmpeg

    picture = f"testsrc2=size={CANVAS.width}x{CANVAS.height}:rate={RATE}:duration={FRAMES / RATE}"
    split = _chained(ffmpeg.input(picture, f="lavfi"), normalising(EQUAL, CANVAS)).split()
    sides = {"reference": split[0], "distorted": split[1]}
    command = _command(program, sides, steps, 1)
    run(command, folder=folder, stall_s=30, sandbox=False).require_done("scoring equal pictures")
