"""How metrics are counted by FFmpeg's filters: the graph as values, and what it writes, read back.

One graph serves all metrics asked for, so that both files are decoded once. The ffmpeg program and PyAV run
the same graph, and give the same scores.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from codek7.core.errors import MediaUnreadable
from codek7.core.measurement import VMAF, VMAF_4K, VMAF_NEG, VMAF_V1, Metric, MetricName
from codek7.core.tasks import Filter
from codek7.ffmpeg.pairing import FORMATS, Canvas

VMAF_METRICS = (
    *(Metric(name="vmaf", model=model) for model in (VMAF, VMAF_NEG, VMAF_4K, VMAF_V1)),
    Metric(name="cambi"),
)
"""What libvmaf may have; which models are built in, each build has to show."""
FILTER_METRICS = (Metric(name="xpsnr"), Metric(name="ssim"), Metric(name="psnr"))
"""What FFmpeg has filters of the same name for."""
HIGHEST = 100.0
"""What stands for the infinite PSNR or XPSNR of equal pictures, in dB."""
VMAF_LOG = "vmaf.csv"
MOST_THREADS = 2
"""More threads make libvmaf hardly faster."""

_KEYS = {
    "psnr": "lavfi.psnr.psnr.y",
    "ssim": "lavfi.ssim.Y",
    "xpsnr": "lavfi.xpsnr.xpsnr.y",
    "pairs": "codek7.pair",
}
_LEAST_SIZE: dict[str, tuple[int, int]] = {"vmaf": (20, 20), VMAF_V1: (160, 216), "cambi": (0, 216)}
# The shorter and the longer side: below, libvmaf fails, or takes the whole process down.


class Step(NamedTuple):
    """A filter in a graph, and the names of the links that it takes from and gives to."""

    filter: Filter
    takes: tuple[str, ...]
    gives: tuple[str, ...]


class Asked(NamedTuple):
    """What is to be counted, for every `every`-th pair of pictures of so many bits, with so many threads;
    logs go to `folder`, which is "" for the working directory."""

    metrics: tuple[Metric, ...]
    every: int = 1
    bit_depth: int = 8
    threads: int = MOST_THREADS
    folder: str = ""

    @property
    def by_libvmaf(self) -> tuple[Metric, ...]:
        """What libvmaf counts."""
        return tuple(metric for metric in self.metrics if metric.name in ("vmaf", "cambi"))

    @property
    def by_filters(self) -> tuple[MetricName, ...]:
        """What filters count."""
        names = {metric.name for metric in self.metrics}
        return tuple(metric.name for metric in FILTER_METRICS if metric.name in names)

    @property
    def filters(self) -> frozenset[str]:
        """What filters count, and libvmaf where it counts."""
        return frozenset((*self.by_filters, *(("libvmaf",) if self.by_libvmaf else ())))

    def log(self, name: str) -> str:
        """Where a filter writes."""
        return str(Path(self.folder) / name) if self.folder else name


def fits(metric: Metric, canvas: Canvas) -> bool:
    """Whether pictures are large enough for a metric."""
    shorter, longer = _LEAST_SIZE.get(metric.model) or _LEAST_SIZE.get(metric.name) or (8, 8)
    return min(canvas.width, canvas.height) >= shorter and max(canvas.width, canvas.height) >= longer


def check_fits(metrics: Iterable[Metric], canvas: Canvas) -> None:
    """Raises `MediaUnreadable` for pictures too small for a metric."""
    for metric in metrics:
        if not fits(metric, canvas):
            raise MediaUnreadable(
                f"pictures of {canvas.width}×{canvas.height} are too small for {metric.label}",
                hint="measure PSNR, SSIM or XPSNR, or against a larger reference",
            )


def scoring(asked: Asked) -> tuple[Step, ...]:
    """The graph from the links "reference" and "distorted", both on one canvas, to the link "out"."""
    steps: list[Step] = []
    reference, distorted = "reference", "distorted"
    *others, last = [name for name in ("psnr", "ssim", "libvmaf", "xpsnr") if name in asked.filters]
    for name in others:
        own, rest = f"reference-for-{name}", f"reference-past-{name}"
        steps.append(Step(Filter(name="split"), (reference,), (own, rest)))
        distorted, reference = _counted(steps, name, (distorted, own), asked), rest
    if last != "xpsnr":
        end = _counted(steps, last, (distorted, reference), asked)
    else:  # it weighs by the activity of the picture that comes first
        both = (_of_8_bits(steps, reference, asked), _of_8_bits(steps, distorted, asked))
        end = _counted(steps, last, both, asked)
    marked = Filter(name="metadata", options={"mode": "add", "key": _KEYS["pairs"], "value": "1"})
    return (*steps, Step(marked, (end,), ("marked",)), Step(_noting("pairs", asked), ("marked",), ("out",)))


def _counted(steps: list[Step], name: str, takes: tuple[str, str], asked: Asked) -> str:
    """The link behind a filter that counts: it carries the pictures that came first."""
    counted = f"{name}-counted"
    if name == "libvmaf":
        steps.append(Step(_libvmaf(asked), takes, (counted,)))
        return counted
    steps.append(Step(_counting(name, asked), takes, (counted,)))
    steps.append(Step(_noting(name, asked), (counted,), (f"{name}-noted",)))
    return f"{name}-noted"


def _of_8_bits(steps: list[Step], link: str, asked: Asked) -> str:
    """For XPSNR, which misreads deeper pictures whose lines are padded in memory (FFmpeg 7.1 to 9.0)."""
    if asked.bit_depth == 8:
        return link
    steps.append(Step(Filter(name="format", options={"pix_fmts": FORMATS[8]}), (link,), (f"{link}-of-8",)))
    return f"{link}-of-8"


def _counting(name: str, asked: Asked) -> Filter:
    # With `shortest`, pairs end with the side that ends first, and what is missing is seen.
    options = {"shortest": "1"}
    if asked.every > 1 and name != "xpsnr":  # which compares each picture with those before
        options["enable"] = f"not(mod(n,{asked.every}))"
    return Filter(name=name, options=options)


def _libvmaf(asked: Asked) -> Filter:
    models = [
        f"version={metric.model}:name={_column(number, metric)}"
        for number, metric in enumerate(asked.by_libvmaf)
        if metric.name == "vmaf"
    ]
    options = {
        "log_fmt": "csv",
        "log_path": asked.log(VMAF_LOG),
        "model": "|".join(models),
        "n_threads": str(min(asked.threads, MOST_THREADS)),
        "n_subsample": str(asked.every),
        "shortest": "1",
    }
    if any(metric.name == "cambi" for metric in asked.metrics):
        options["feature"] = "name=cambi"
    return Filter(name="libvmaf", options=options)


def _noting(name: str, asked: Asked) -> Filter:
    """Writes what a filter before said of each picture."""
    options = {"mode": "print", "key": _KEYS[name], "file": asked.log(f"{name}.txt")}
    return Filter(name="metadata", options=options)


def _column(number: int, metric: Metric) -> str:
    return "cambi" if metric.name == "cambi" else f"vmaf_{number}"


class Scores(NamedTuple):
    """What a graph wrote: how many pairs went through, and the scores of every `every`-th."""

    pairs: int
    of: dict[Metric, tuple[float, ...]]


def read_scores(asked: Asked, folder: Path) -> Scores:
    """What the graph wrote. Raises `OSError` and `ValueError` where it did not get so far."""
    found = _from_csv(asked.by_libvmaf, folder / VMAF_LOG) if asked.by_libvmaf else {}
    for name in asked.by_filters:
        noted = _notes(name, folder)
        found[Metric(name=name)] = noted[:: asked.every] if name == "xpsnr" else noted
    return Scores(len(_notes("pairs", folder)), {metric: found[metric] for metric in asked.metrics})


def _from_csv(metrics: Sequence[Metric], path: Path) -> dict[Metric, tuple[float, ...]]:
    with path.open(encoding="ascii", newline="") as file:
        rows = csv.reader(file)
        header = next(rows)
        places = [header.index(_column(number, metric)) for number, metric in enumerate(metrics)]
        scores = [tuple(float(row[place]) for place in places) for row in rows]
    return dict(zip(metrics, zip(*scores, strict=True), strict=True))


def _notes(name: str, folder: Path) -> tuple[float, ...]:
    """Of each picture two lines: its number, and what was said of it."""
    key = f"{_KEYS[name]}="
    with (folder / f"{name}.txt").open(encoding="ascii") as file:
        return tuple(min(float(line[len(key) :]), HIGHEST) for line in file if line.startswith(key))
