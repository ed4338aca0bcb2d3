"""`codek7 remove`: an asset goes, whole."""

from __future__ import annotations

import sys

import click

from codek7.cli.common import home_option, json_option, open_hub, write_json


@click.command(epilog="\b\nExample:\n  codek7 remove 3f6k9m2p7q8r1s4t --yes")
@click.argument("asset")
@click.option("--yes", is_flag=True, help="Do not ask.")
@home_option
@json_option
def remove(asset: str, yes: bool, home: str | None, as_json: bool) -> None:
    """Remove ASSET: what is published of it, its rows, and work that no other asset needs."""
    from codek7.upkeep import remove_asset

    with open_hub(home) as hub:
        known = hub.catalog.asset(asset)
        if not yes and sys.stdin.isatty():
            click.confirm(f"Remove {known.title!r} ({asset})?", abort=True, err=True)
        objects = remove_asset(hub.catalog, hub.store, hub.home, asset)
    if as_json:
        write_json({"asset_id": asset, "objects": objects})
    else:
        click.echo(f"removed {asset}: {objects} objects")
