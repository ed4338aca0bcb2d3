"""`codek7 measure`: how good a file is beside what it was made from, or a published asset beside its
source."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codek7.cli.common import home_option, json_option, open_hub, plain, write_row, write_table
from codek7.core.errors import UsageError

if TYPE_CHECKING:
    from codek7.core.measurement import Defect, Measurement
    from codek7.hub import Hub
    from codek7.measuring import Compared

WORST = 5
"""Pictures that are named."""
COLUMNS = ("metric", "model", "mean", "harmonic", "p1", "p5", "worst", "at pictures", "of", "meter")

EPILOG = """\b
Examples:
  codek7 measure holiday.mov encoded.mp4
  codek7 measure holiday.mov encoded.mp4 --metric vmaf --metric cambi --every 5
  codek7 measure holiday.mov https://example.org/encoded.mp4 --json | jq 'select(.metric == "vmaf").mean'
  codek7 measure xfcjvwyt5p7gr7bz            # every rung of a published asset

Pictures are paired by number, after both files are brought upright, to one size, range and clock. Metrics are
vmaf, its models (vmaf_v0.6.1, vmaf_v0.6.1neg, vmaf_4k_v0.6.1, vmaf_v1.0.16_3d0h), xpsnr, ssim, psnr, cambi;
`codek7 doctor` shows which there are here. With --json, a line for each metric, and one for each defect.

Exit codes: 0 measured, also where a tag is wrong; 5 files that cannot be compared, such as two with not
equally many pictures."""


@click.command(epilog=EPILOG)
@click.argument("reference", metavar="REFERENCE|ASSET")
@click.argument("distorted", required=False)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME|MODEL",
    help="Only this; may be repeated. [default: vmaf, xpsnr, ssim, psnr, as far as there are]",
)
@click.option("--every", type=click.IntRange(1), default=1, metavar="N", help="Score every N-th picture.")
@click.option("--frames", is_flag=True, help="With --json: also the score of every picture (per_frame).")
@click.option("--cores", type=click.IntRange(1), help="Cores that may be used. [default: all]")
@home_option
@json_option
def measure(
    reference: str,
    distorted: str | None,
    metrics: tuple[str, ...],
    every: int,
    frames: bool,
    cores: int | None,
    home: str | None,
    as_json: bool,
) -> int:
    """Measure DISTORTED against REFERENCE, each a path or a URL; or what is published of an ASSET."""
    with open_hub(home, cores=cores) as hub:
        if distorted is None:
            return _asset(hub, reference, metrics, every, frames=frames, as_json=as_json)
        compared = _files(hub, reference, distorted, metrics, every)
    for measurement in compared.measurements if as_json else ():
        _print(as_plain(measurement, frames=frames))
    if not as_json:
        write_table(COLUMNS, [_row(measurement) for measurement in compared.measurements])
        if sys.stderr.isatty():
            size = f"{compared.width}x{compared.height}"
            click.echo(f"{compared.frames} pictures compared at {size}", err=True)
    for defect in compared.defects:
        _tell(defect, as_json=as_json)
    return 0


def as_plain(measurement: Measurement, *, frames: bool) -> dict[str, Any]:
    """What a program reads of a measurement."""
    names = ("metric", "model", "meter", "mean", "harmonic_mean", "p1", "p5", "frames", "every")
    series = {"per_frame": measurement.per_frame} if frames else {}
    return {name: getattr(measurement, name) for name in names} | series


def _print(line: dict[str, Any]) -> None:
    write_row(tuple(line), tuple(line.values()))


def _files(hub: Hub, reference: str, distorted: str, metrics: tuple[str, ...], every: int) -> Compared:
    from codek7.jobs import open_file
    from codek7.measuring import compare_files, metric_named

    asked = [metric_named(name) for name in metrics]
    with (
        open_file(hub, reference) as one,
        open_file(hub, distorted) as other,
        _bar() as (on_pairs, on_progress),
    ):
        return compare_files(hub, one, other, asked, every=every, on_pairs=on_pairs, on_progress=on_progress)


@contextmanager
def _bar() -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """What hears of the number of pairs, and of how many are done; on a terminal it shows."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("measuring", total=None)
        yield (
            lambda pairs: progress.update(task, total=pairs),
            lambda done: progress.update(task, completed=done),
        )


def _asset(
    hub: Hub, asset_id: str, metrics: tuple[str, ...], every: int, *, frames: bool, as_json: bool
) -> int:
    from codek7.study.measuring import measure_asset

    if Path(asset_id).exists():
        raise UsageError(
            f"{asset_id} is a file, and there is none to compare with it",
            hint=f"codek7 measure {asset_id} ENCODED; an asset that is published is named by its id",
        )
    if len(metrics) > 1 or every != 1:
        raise UsageError(
            "an asset is measured by one metric, every picture of it",
            hint="leave out --every and all but one --metric, or measure two files",
        )
    rows = []
    for event in measure_asset(hub, asset_id, metric=metrics[0] if metrics else ""):
        if as_json:
            _print({"rendition": event.rendition, **as_plain(event.measurement, frames=frames)})
        rows.append((event.rendition, *_row(event.measurement)))
    if not as_json:
        write_table(("rendition", *COLUMNS), rows)
    return 0


def _row(measurement: Measurement) -> tuple[object, ...]:
    digits = 4 if measurement.metric == "ssim" else 2  # as many as tell encodes apart
    worst = measurement.worst(WORST)
    sums = (measurement.mean, measurement.harmonic_mean, measurement.p1, measurement.p5, worst[0][1])
    return (
        measurement.metric,
        measurement.model,
        *(f"{value:.{digits}f}" for value in sums),
        " ".join(str(number) for number, _ in worst),
        measurement.frames,
        measurement.meter.partition("@")[0],
    )


def _tell(defect: Defect, *, as_json: bool) -> None:
    if as_json:
        _print(
            {
                "defect": defect.kind,
                "said": defect.said,
                "found": defect.found,
                "reference": defect.reference,
                "message": defect.message,
            }
        )
    else:
        click.echo(f"defect: {plain(defect.message)}", err=True)
