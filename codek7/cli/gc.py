"""`codek7 gc`: free what nothing needs."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, human_bytes, json_option, open_hub, write_json

EPILOG = """\b
Examples:
  codek7 gc --dry-run
  codek7 gc --grace 0"""


@click.command(epilog=EPILOG)
@click.option("--dry-run", is_flag=True, help="Say what would be freed, and free nothing.")
@click.option("--grace", type=click.IntRange(0), metavar="SECONDS", help="Spare what is younger than this.")
@home_option
@json_option
def gc(dry_run: bool, grace: int | None, home: str | None, as_json: bool) -> None:
    """Free old versions, previews, and work that neither a version nor an unfinished job needs."""
    from codek7.core.values import to_plain
    from codek7.upkeep import collect_garbage

    with open_hub(home, keep_versions_s=grace) as hub:
        grace_s = hub.settings.keep_versions_s
        garbage = collect_garbage(hub.catalog, hub.store, hub.home, grace_s=grace_s, dry_run=dry_run)
    if as_json:
        write_json({"dry_run": dry_run, **to_plain(garbage)})
        return
    if dry_run:
        for key in garbage.keys:
            click.echo(key)
    verb = "would free" if dry_run else "freed"
    size = human_bytes(garbage.size_bytes)
    click.echo(f"{verb} {len(garbage.keys)} objects, {size}, {len(garbage.versions)} versions", err=True)
