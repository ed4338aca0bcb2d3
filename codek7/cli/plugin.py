"""`codek7 plugin`: for those who write plugins."""

from __future__ import annotations

from pathlib import Path

import click

from codek7.cli.common import json_option, write_json

EPILOG = """\b
Example:
  codek7 plugin new night-shift
  pip install -e 'codek7-night-shift[test]' && pytest codek7-night-shift"""


@click.group()
def plugin() -> None:
    """Write a new plugin."""


@plugin.command(epilog=EPILOG)
@click.argument("name")
@click.option(
    "--into",
    metavar="DIR",
    default=".",
    type=click.Path(exists=True, file_okay=False),
    help="Where it is written. [default: .]",
)
@json_option
def new(name: str, into: str, as_json: bool) -> None:
    """Write a plugin that pip can install, with tests that pass, into the folder codek7-NAME."""
    from codek7.scaffold import write_plugin

    folder = write_plugin(name, Path(into))
    if as_json:
        write_json({"name": folder.name, "folder": str(folder.absolute())})
    else:
        click.echo(folder)
