"""`codek7 plan`: the ladder and the timeline of a source, without encoding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from codek7.cli.common import (
    EXISTING_FILE,
    home_option,
    human_count,
    human_rate,
    human_time,
    json_option,
    open_hub,
    plain,
    write_json,
    write_table,
)
from codek7.core.events import Event, RungDropped, TrackSkipped

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
        outline = plan_source(hub, source, policy=policy or "", ladder=given)
    planned, left_out = outline.plan, list(_left_out(outline.events))
    if output:
        write_ladder(planned.ladder, Path(output))
    if as_json:
        write_json(
            {
                "ladder": planned.ladder,
                "hash": planned.ladder.hash,
                "timeline": planned.timeline,
                "left_out": [{"what": what, "reason": reason} for what, reason in left_out],
            }
        )
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
        f"{human_time(timeline.duration_us)} in {human_count(len(timeline.cuts) - 1, 'segment')}, "
        f"{human_count(len(timeline.idrs), 'IDR picture')}, {human_count(len(timeline.chunks), 'chunk')}; "
        f"ladder {planned.ladder.hash[:12]}"
    )
    for what, reason in left_out:
        click.echo(f"left out {what}: {plain(reason)}", err=True)


def _left_out(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """Rungs and tracks that would not be in the presentation, each with the reason."""
    for event in events:
        if isinstance(event, RungDropped):
            yield event.rendition, event.reason
        elif isinstance(event, TrackSkipped):
            yield f"track {event.track}", event.reason
