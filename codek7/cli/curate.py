"""`codek7 edit`, `approve` and `block`: what people say of assets, and decide."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, json_option, open_hub, write_json


@click.command(
    epilog='\b\nExample:\n  codek7 edit 3f6k9m2p7q8r1s4t --title "A talk" --tag talks --visibility private'
)
@click.argument("asset")
@click.option("--title", help="What it is called.")
@click.option("--description", help="Several lines, if you like.")
@click.option("--tag", "tags", multiple=True, help="All of its tags, one each; '' for none.")
@click.option("--category", help="One for each asset.")
@click.option("--language", help="BCP 47: en, pt-BR.")
@click.option("--visibility", type=click.Choice(["public", "unlisted", "private"]), help="Who may see it.")
@home_option
@json_option
def edit(asset: str, tags: tuple[str, ...], home: str | None, as_json: bool, **given: str | None) -> None:
    """Change what is said of ASSET. Made private, its URLs from before are taken back at once."""
    from codek7.core.edits import Edit
    from codek7.core.values import from_plain
    from codek7.upkeep import edit_asset

    plain = {**given, **({"tags": tags} if tags else {})}
    with open_hub(home) as hub:
        edited = edit_asset(hub.catalog, hub.store, hub.home, asset, from_plain(plain, Edit), by="command")
    if as_json:
        write_json(edited)
    else:
        click.echo(f"edited {asset}: {edited.title}")


@click.command(epilog="\b\nExample:\n  codek7 approve 3f6k9m2p7q8r1s4t")
@click.argument("asset")
@click.option("--reason", default="", help="Kept with the decision.")
@home_option
@json_option
def approve(asset: str, reason: str, home: str | None, as_json: bool) -> int:
    """Allow ASSET, which is held or was refused, and publish it; nothing is encoded again."""
    from codek7.cli.ingest import follow
    from codek7.core.errors import StateConflict
    from codek7.core.ladder import Ladder
    from codek7.core.values import from_plain
    from codek7.jobs import republish
    from codek7.upkeep import decide

    with open_hub(home) as hub:
        known = hub.catalog.asset(asset)
        if known.state not in ("held", "refused"):
            raise StateConflict(f"asset {asset} is {known.state}: there is nothing to allow")
        decide(hub.catalog, hub.store, hub.home, asset, "allow", reason=reason, by="command")
        planned = hub.catalog.detail(asset, parts=("ladders",))["ladders"]
        ladder = from_plain(planned[-1]["ladder"], Ladder) if planned else None
        return follow(republish(hub, asset, ladder=ladder), as_json=as_json, said=asset)


@click.command(epilog='\b\nExample:\n  codek7 block 3f6k9m2p7q8r1s4t --reason "not ours"')
@click.argument("asset")
@click.option("--reason", default="", help="Shown to its owner.")
@home_option
@json_option
def block(asset: str, reason: str, home: str | None, as_json: bool) -> None:
    """Refuse ASSET for good: it is gone from every URL at once."""
    from codek7.upkeep import decide

    with open_hub(home) as hub:
        blocked = decide(hub.catalog, hub.store, hub.home, asset, "block", reason=reason, by="command")
    if as_json:
        write_json(blocked)
    else:
        click.echo(f"blocked {asset}: {blocked.reason}")
