"""`codek7 republish`: an asset with another ladder."""

from __future__ import annotations

from pathlib import Path

import click

from codek7.cli.common import EXISTING_FILE, home_option, json_option, open_hub, say_waiting
from codek7.cli.ingest import follow

EPILOG = """\b
Examples:
  codek7 republish 3f6k9m2p7q8r1s4t --ladder ladder.toml
  codek7 republish 3f6k9m2p7q8r1s4t --policy source

Players of the version before go on playing until `codek7 gc` collects it."""


@click.command(epilog=EPILOG)
@click.argument("asset")
@click.option("--ladder", metavar="FILE", type=EXISTING_FILE, help="Use this ladder.")
@click.option("--policy", metavar="NAME|FILE", help="Plan under this policy instead.")
@click.option("--cores", type=click.IntRange(1), help="Cores that encoding may use. [default: all]")
@home_option
@json_option
def republish(
    asset: str, ladder: str | None, policy: str | None, cores: int | None, home: str | None, as_json: bool
) -> int:
    """Publish ASSET with another ladder; only what is new is encoded."""
    from codek7.files import read_ladder
    from codek7.jobs import republish as republish_asset

    if not ladder and not policy:
        raise click.UsageError("name a --ladder or a --policy")
    with open_hub(home, cores=cores) as hub:
        given = read_ladder(Path(ladder)) if ladder else None
        events = republish_asset(hub, asset, ladder=given, policy=policy or "", on_wait=say_waiting)
        return follow(events, as_json=as_json, said=asset)
