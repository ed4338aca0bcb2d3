"""`codek7 ls` and `codek7 show`: what the catalog knows of assets."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, human_time, json_option, open_hub, plain, write_json, write_table

LS_EPILOG = """\b
Examples:
  codek7 ls
  codek7 ls --json | jq -r .id"""
SHOW_EPILOG = """\b
Examples:
  codek7 show 3f6k9m2p7q8r1s4t
  codek7 show 3f6k9m2p7q8r1s4t --json | jq .renditions"""


@click.command(epilog=LS_EPILOG)
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="At most so many.")
@home_option
@json_option
def ls(limit: int, home: str | None, as_json: bool) -> None:
    """List assets, newest first."""
    with open_hub(home) as hub:
        assets = hub.catalog.assets(limit=limit)
    if as_json:
        for asset in assets:
            write_json(asset)
        return
    rows = [(a.id, a.state, a.visibility, human_time(a.duration_us), a.title, a.reason) for a in assets]
    write_table(("id", "state", "visibility", "duration", "title", "reason"), rows)


@click.command(epilog=SHOW_EPILOG)
@click.argument("asset")
@home_option
@json_option
def show(asset: str, home: str | None, as_json: bool) -> None:
    """Show everything known of ASSET: tracks, ladder, renditions, verdicts, jobs, attempts."""
    with open_hub(home) as hub:
        detail = hub.catalog.detail(asset)
    if as_json:
        write_json(detail)
    else:
        _write(detail, 0)


def _write(value: object, depth: int) -> None:
    """Nested values as indented lines."""
    space = "  " * depth
    if isinstance(value, dict):
        for name, each in value.items():
            if isinstance(each, dict | list) and each:
                click.echo(f"{space}{name}:")
                _write(each, depth + 1)
            elif each not in (None, "", [], {}):
                click.echo(f"{space}{name}: {plain(each)}")
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, dict):
                click.echo(f"{space}-")
                _write(each, depth + 1)
            else:
                click.echo(f"{space}- {plain(each)}")
