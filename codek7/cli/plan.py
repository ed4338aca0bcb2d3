"""`codek7 plan`: the ladder and the timeline of a source, without encoding."""

from __future__ import annotations

from pathlib import Path

import click

from codek7.cli.common import (
    EXISTING_FILE,
    home_option,
    human_rate,
    human_time,
    json_option,
    open_hub,
    write_json,
    write_table,
)

EPILOG = """\b
Examples:
  codek7 plan holiday.mov
  codek7 plan holiday.mov --policy standard -o ladder.toml
  codek7 ingest holiday.mov --ladder ladder.toml"""


@click.command(epilog=EPILOG)
@click.argument("source")
@click.option("--policy", metavar="NAME|FILE", help="standard, capped, source, a plugin's, or a file.")
@click.option("--ladder", metavar="FILE", type=EXISTING_FILE, help="Fit this ladder.")
@click.option("-o", "--output", metavar="FILE", help="Also write the ladder to a .toml or .json file.")
@home_option
@json_option
def plan(
    source: str, policy: str | None, ladder: str | None, output: str | None, home: str | None, as_json: bool
) -> None:
    """Show the ladder that SOURCE would be encoded with, and where it would be cut."""
    from codek7.files import read_ladder, write_ladder
    from codek7.jobs import plan_source

    with open_hub(home) as hub:
        given = read_ladder(Path(ladder)) if ladder else None
        planned = plan_source(hub, source, policy=policy or "", ladder=given)
    if output:
        write_ladder(planned.ladder, Path(output))
    if as_json:
        write_json({"ladder": planned.ladder, "hash": planned.ladder.hash, "timeline": planned.timeline})
        return
    timeline = planned.timeline
    write_table(
        ("rung", "size", "fps", "crf", "ceiling", "preset"),
        [
            (v.rung.label, f"{v.rung.width}x{v.rung.height}", f"{float(v.frame_rate):.3f}", f"{v.rung.crf:g}",
             human_rate(v.rung.ceiling_bps), v.rung.preset)
            for v in planned.video
        ],
    )  # fmt: skip
    for sound in planned.audio:
        click.echo(f"{sound.name}: {sound.rung.channels} channels, {human_rate(sound.rung.bitrate_bps)}")
    click.echo(
        f"{human_time(timeline.duration_us)} in {len(timeline.cuts) - 1} segments, {len(timeline.idrs)} IDR"
        f" pictures, {len(timeline.chunks)} chunks; ladder {planned.ladder.hash[:12]}"
    )
