"""`codek7 check`: the validator."""

from __future__ import annotations

import click

from codek7.cli.common import human_count, json_option, plain, write_json

EPILOG = """\b
Examples:
  codek7 check codek7-home/store/assets/*/*/main.m3u8
  codek7 check https://example.org/main.m3u8 --json

Exit codes: 0 clean, 1 faults."""


@click.command(epilog=EPILOG)
@click.argument("playlist")
@click.option("--strict", is_flag=True, help="Advice counts as a fault.")
@click.option("--quiet", is_flag=True, help="Show no advice.")
@json_option
def check(playlist: str, strict: bool, quiet: bool, as_json: bool) -> int:
    """Read PLAYLIST, a file or a URL, with everything it names, and report every rule it breaks."""
    from codek7.check import check_presentation

    report = check_presentation(playlist)
    shown = [*report.faults, *(() if quiet and not strict else report.advice)]
    for fault in shown:
        if as_json:
            write_json(fault)
        else:
            click.echo(f"{'fault ' if fault.level == 'must' or strict else 'advice'} {plain(fault)}")
    if not as_json:
        click.echo(
            f"{human_count(len(report.faults), 'fault')}, {len(report.advice)} advice"
            f" ({human_count(report.playlists, 'playlist')}, {human_count(report.segments, 'segment')})",
            err=True,
        )
    return 1 if report.faults or (strict and report.advice) else 0
