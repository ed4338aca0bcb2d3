"""`codek7 config`: settings and where they come from."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, json_option, open_hub, write_json, write_table


@click.group()
def config() -> None:
    """Show settings, and where each comes from."""


@config.command(epilog="\b\nExamples:\n  codek7 config show\n  CODEK7_CORES=1 codek7 config show")
@home_option
@json_option
def show(home: str | None, as_json: bool) -> None:
    """Every setting: its value, and whether a flag, the environment, the home's file or a default won."""
    with open_hub(home) as hub:
        where, origins = hub.home, hub.origins
    if as_json:
        settings = [{"name": o.name, "value": o.value, "from": o.where} for o in origins]
        write_json({"home": str(where), "settings": settings})
        return
    rows = [("home", where, ""), *((o.name, o.value, o.where) for o in origins)]
    write_table(("setting", "value", "from"), rows)
