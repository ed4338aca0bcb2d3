"""Scoring inside this process, by PyAV's own FFmpeg: no program to start, and the same graph.

PyAV carries libvmaf from version 19. libvmaf writes its log when the graph is freed, so whatever refers to it
has to be gone before the log is read.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from av.filter import Graph, filters_available

from codek7.core.errors import Codek7Error, EncodeFailed, Interrupted, MediaEmpty
from codek7.core.measurement import Comparison, Metric
from codek7.core.scratch import aside
from codek7.core.settings import Settings
from codek7.core.tasks import Filter
from codek7.ffmpeg.av_graph import Line, built, chained, entry
from codek7.ffmpeg.machine import usable_cores
from codek7.ffmpeg.pairing import Pair, normalising
from codek7.ffmpeg.safe_open import open_media, shown
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
from codek7.ffmpeg.sides import pictures

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from codek7.core.media import Limits


@lru_cache(maxsize=1)
def av_abilities() -> Abilities:
    """What PyAV can, tried once per process, in about a tenth of a second."""
    claimed = VMAF_METRICS if "libvmaf" in filters_available else ()
    claimed += tuple(metric for metric in FILTER_METRICS if metric.name in filters_available)
    with aside() as folder:
        metrics, trouble = whatever_works(claimed, partial(_score_equal, str(folder)))
        libvmaf = _libvmaf(str(folder)) if any(metric in VMAF_METRICS for metric in metrics) else ""
    return Abilities(metrics, libvmaf, trouble)


def score_by_av(pair: Pair, comparison: Comparison, settings: Settings) -> Scores:
    """Both files decoded and scored here. Raises `EncodeFailed`, `Interrupted` and `MediaError`."""
    cores = settings.cores or usable_cores()
    with aside() as folder:
        asked = Asked(comparison.metrics, comparison.every, pair.canvas.bit_depth, cores, str(folder))
        try:
            _score(pair, comparison, asked, settings.limits)
            return _read(asked)
        except Codek7Error:
            raise
        except (OSError, ValueError) as error:
            raise EncodeFailed(f"measuring {shown(pair.distorted.path)}: {error}") from error


def _score(pair: Pair, comparison: Comparison, asked: Asked, limits: Limits) -> None:
    with (
        open_media(pair.reference.path, limits) as one,
        open_media(pair.distorted.path, limits) as other,
    ):
        reference = pictures(one, pair.reference, asked.threads, limits)
        distorted = pictures(other, pair.distorted, asked.threads, limits)
        frames = next(reference, None), next(distorted, None)
        line, done = _line(pair, asked, frames), 0
        while None not in frames:
            if comparison.cancelled():
                raise Interrupted(
                    f"measuring {shown(pair.distorted.path)} was cancelled", hint="run it again"
                )
            line.push(frames)
            done += 1
            comparison.on_progress(done)
            frames = next(reference, None), next(distorted, None)
        line.push((None, None))


def _line(pair: Pair, asked: Asked, frames: Sequence[VideoFrame | None]) -> Line:
    graph = Graph()
    graph.threads = asked.threads
    entries, links = [], {}
    for name, side, frame in zip(("reference", "distorted"), pair[:2], frames, strict=True):
        if frame is None:
            raise MediaEmpty(f"none of the pictures of {shown(side.path)} can be decoded")
        entries.append(entry(graph, frame, pair.canvas))
        links[name] = (chained(graph, entries[-1], normalising(side, pair.canvas)), 0)
    return Line(graph, tuple(entries), built(graph, links, scoring(asked)))


def _read(asked: Asked) -> Scores:
    gc.collect()  # a graph and its filters refer to each other
    return read_scores(asked, Path(asked.folder))


def _score_equal(folder: str, metrics: tuple[Metric, ...]) -> Scores:
    asked = Asked(metrics, threads=1, folder=folder)
    _draw(scoring(asked))
    return _read(asked)


def _libvmaf(folder: str) -> str:
    log = str(Path(folder) / VERSION_LOG)
    _draw(tuple(step._replace(filter=_writing_to(log, step.filter)) for step in VERSION))
    gc.collect()
    return version_in(Path(log).read_bytes())


def _writing_to(log: str, libvmaf: Filter) -> Filter:
    return Filter(name=libvmaf.name, options={**libvmaf.options, "log_path": log})


def _draw(steps: Sequence[Step]) -> None:
    """Equal pictures, made by the graph itself, through these steps."""
    graph = Graph()
    graph.threads = 1
    size = f"{CANVAS.width}x{CANVAS.height}"
    drawn = graph.add("testsrc2", size=size, rate=str(CANVAS.rate), duration=f"{float(FRAMES / CANVAS.rate)}")
    split = graph.add("split")
    chained(graph, drawn, normalising(EQUAL, CANVAS)).link_to(split)
    Line(graph, (), built(graph, {"reference": (split, 0), "distorted": (split, 1)}, steps)).drain()
