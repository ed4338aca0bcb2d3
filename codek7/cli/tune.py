"""`codek7 tune`: the best ladder for a source, found by trials."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codek7.cli.common import home_option, human_rate, json_option, open_hub, write_json, write_table
from codek7.core.errors import UsageError

if TYPE_CHECKING:
    from codek7.core.study import Chosen
    from codek7.study.running import Study

EPILOG = """\b
Examples:
  codek7 tune holiday.mov -o ladder.toml
  codek7 tune holiday.mov --policy mine.toml --budget 8 --json
  codek7 ingest holiday.mov --ladder ladder.toml

What was tried is kept: interrupted or asked again, only what is new is tried."""


@click.command(epilog=EPILOG)
@click.argument("source")
@click.option("--policy", metavar="NAME|FILE", help="What the ladder must be: its table [tuning] too.")
@click.option("--budget", type=click.IntRange(3), metavar="N", help="Probes for each codec. [default: 12]")
@click.option("-o", "--output", metavar="FILE", help="Write the ladder to a .toml or .json file.")
@click.option("--cores", type=click.IntRange(1), help="Cores that trials may use. [default: all]")
@home_option
@json_option
def tune(
    source: str,
    policy: str | None,
    budget: int | None,
    output: str | None,
    cores: int | None,
    home: str | None,
    as_json: bool,
) -> int:
    """Find the best ladder for SOURCE: few trials, and rungs on their front that people can tell apart."""
    from codek7.files import write_ladder
    from codek7.study import study_source

    if output and not Path(output).absolute().parent.is_dir():
        raise UsageError(f"there is no folder for {output}", hint="make it first: a study takes its time")
    with open_hub(home, cores=cores) as hub:
        chosen = _follow(
            study_source(hub, source, policy=policy or "", budget=budget), source, as_json=as_json
        )
    if output:
        write_ladder(chosen.ladder, Path(output))
    if as_json:
        write_json(
            {
                "event": "study-ended",
                "ladder": chosen.ladder,
                "hash": chosen.ladder.hash,
                "metric": chosen.metric,
                "predicted": chosen.predicted,
                "verified": chosen.verified,
                "rival": chosen.rival,
                "probes": chosen.probes,
                "against": chosen.against,
                "bd_rate": chosen.bd_rate,
            }
        )
    else:
        _show(chosen)
    return 0


def _follow(updates: Study, source: str, *, as_json: bool) -> Chosen:
    from codek7.core.study import StudyEnded

    with closing(updates):
        if not as_json:
            from codek7.cli.tune_display import show_study

            return show_study(updates, source)
        for update in updates:
            if isinstance(update, StudyEnded):
                return update.chosen
            write_json(update)
    raise RuntimeError("a study ends with a ladder")


def _show(chosen: Chosen) -> None:
    made = [(human_rate(p.average_bps), f"{p.score:.1f}") for p in chosen.verified]
    write_table(
        ("rung", "size", "crf", "ceiling", "predicted", chosen.metric.name, "made", chosen.metric.name),
        [
            (p.rung.label, f"{p.rung.width}x{p.rung.height}", f"{p.rung.crf:g}",
             human_rate(p.rung.ceiling_bps), human_rate(p.average_bps), f"{p.score:.1f}",
             *seen)
            for p, seen in zip(chosen.predicted, made or [("-", "-")] * len(chosen.predicted), strict=True)
        ],
    )  # fmt: skip
    click.echo(f"{chosen.probes} probes by {chosen.metric.label}; ladder {chosen.ladder.hash[:12]}")
    if chosen.bd_rate is None:
        click.echo(
            f"nothing to compare with {chosen.against}: too few of its rungs have such frame rates and scores"
        )
    else:
        more = "less" if chosen.bd_rate < 0 else "more"
        click.echo(
            f"{abs(chosen.bd_rate):.1f} % {more} rate than {chosen.against} at equal quality (BD-rate)"
        )
