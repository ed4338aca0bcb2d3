"""`codek7 measure`: how good a file is beside what it was made from, or a published asset beside its
source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from codek7.cli.common import home_option, json_option, open_hub, plain, write_json, write_table
from codek7.core.errors import UsageError

if TYPE_CHECKING:
    from codek7.core.measurement import Defect, Measurement
    from codek7.hub import Hub

WORST = 5
EPILOG = """\b
Examples:
  codek7 measure holiday.mov encoded.mp4
  codek7 measure holiday.mov encoded.mp4 --metric vmaf --metric cambi --json
  codek7 measure xfcjvwyt5p7gr7bz            # every rung of a published asset

Pictures are paired by number, after both files are brought upright, to one size, range and clock. Files with
unequally many are refused (exit code 5). With --json, a line for each metric, and one for each defect."""


@click.command(epilog=EPILOG)
@click.argument("reference", metavar="REFERENCE|ASSET")
@click.argument("distorted", required=False)
@click.option("--metric", "metrics", multiple=True, metavar="NAME|MODEL", help="Only this; may be repeated.")
@click.option("--every", type=click.IntRange(1), default=1, metavar="N", help="Score every N-th picture.")
@click.option("--frames", is_flag=True, help="With --json: also the score of every picture (per_frame).")
@home_option
@json_option
def measure(
    reference: str,
    distorted: str | None,
    metrics: tuple[str, ...],
    every: int,
    frames: bool,
    home: str | None,
    as_json: bool,
) -> int:
    """Measure DISTORTED against REFERENCE, any two files; or what is published of an ASSET."""
    with open_hub(home) as hub:
        if distorted is None:
            return _asset(hub, reference, metrics, every, frames=frames, as_json=as_json)
        measured, defects = _files(hub, reference, distorted, metrics, every)
    for measurement in measured if as_json else ():
        write_json(as_plain(measurement, frames=frames))
    for defect in defects:
        _tell(defect, as_json=as_json)
    if not as_json:
        _table(measured)
    return 0


def as_plain(measurement: Measurement, *, frames: bool) -> dict[str, Any]:
    """What a program reads of a measurement."""
    names = ("metric", "model", "meter", "mean", "harmonic_mean", "p1", "p5", "frames", "every")
    series = {"per_frame": measurement.per_frame} if frames else {}
    return {name: getattr(measurement, name) for name in names} | series


def _files(
    hub: Hub, reference: str, distorted: str, metrics: tuple[str, ...], every: int
) -> tuple[tuple[Measurement, ...], tuple[Defect, ...]]:
    from codek7.jobs import find_source
    from codek7.measuring import compare_files, metric_named

    asked = [metric_named(name) for name in metrics]
    paths = [find_source(hub, name)[1] for name in (reference, distorted)]
    with _bar() as (on_pairs, on_progress):
        found = compare_files(
            hub, paths[0], paths[1], asked, every=every, on_pairs=on_pairs, on_progress=on_progress
        )
    return found.measurements, found.defects


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

    if len(metrics) > 1 or every != 1:
        raise UsageError(
            "an asset is measured by one metric, every picture of it", hint="measure two files for more"
        )
    rows = []
    for event in measure_asset(hub, asset_id, metric=metrics[0] if metrics else ""):
        if as_json:
            write_json({"rendition": event.rendition, **as_plain(event.measurement, frames=frames)})
        rows.append((event.rendition, *_row(event.measurement)))
    if not as_json:
        write_table(("rendition", *COLUMNS), rows)
    return 0


COLUMNS = ("metric", "mean", "harmonic", "1 %", "5 %", "worst pictures", "frames")


def _row(measurement: Measurement) -> tuple[object, ...]:
    name = measurement.metric.upper() + (f" {measurement.model}" if measurement.model else "")
    sums = (measurement.mean, measurement.harmonic_mean, measurement.p1, measurement.p5)
    return (name, *(f"{value:.2f}" for value in sums), _worst(measurement), measurement.frames)


def _worst(measurement: Measurement) -> str:
    sign = -1 if measurement.metric == "cambi" else 1
    series = measurement.per_frame
    worst = sorted(range(len(series)), key=lambda at: sign * series[at])[:WORST]
    return " ".join(str(at * measurement.every) for at in worst)


def _table(measured: tuple[Measurement, ...]) -> None:
    write_table(COLUMNS, [_row(measurement) for measurement in measured])
    for meter in dict.fromkeys(measurement.meter for measurement in measured):
        click.echo(f"by {plain(meter)}", err=True)


def _tell(defect: Defect, *, as_json: bool) -> None:
    if as_json:
        write_json(
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
