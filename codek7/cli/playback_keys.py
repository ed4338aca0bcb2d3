"""`codek7 playback-keys`: what signs the addresses that are given to players."""

from __future__ import annotations

import os
import time

import click

from codek7.cli.common import home_option, json_option, open_hub, write_json, write_table


@click.group()
def playback_keys() -> None:
    """Show or rotate the keys that sign playback addresses."""


@playback_keys.command(epilog="\b\nExample:\n  codek7 playback-keys ls --home media")
@home_option
@json_option
def ls(home: str | None, as_json: bool) -> None:
    """The keys that are good now, without their secrets. The last one signs."""
    from codek7_server.delivery import keys

    with open_hub(home) as hub:
        found = keys.read(hub.home, os.environ)
    _show(found, as_json)


@playback_keys.command(
    epilog="\b\nExamples:\n  codek7 playback-keys rotate\n  codek7 playback-keys rotate --drop-old"
)
@home_option
@click.option(
    "--drop-old", is_flag=True, help="End every address that was given out: a key is known to others."
)
@json_option
def rotate(home: str | None, drop_old: bool, as_json: bool) -> None:
    """Sign with a new key from now on. Old keys are kept for as long as addresses signed with them are good;
    a running server follows within a second."""
    from codek7_server.delivery import keys
    from codek7_server.delivery.tokens import longest_life_s

    with open_hub(home) as hub:
        keep_s = 0 if drop_old else longest_life_s(hub.settings.server.delivery.token_ttl_s)
        found = keys.rotate(hub.home, int(time.time()), keep_s)
    _show(found, as_json)


def _show(found: tuple[tuple[str, str, int], ...], as_json: bool) -> None:
    rows = [
        (key_id, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made_s)) if made_s else "", signs)
        for key_id, _, made_s, signs in ((*key, n == len(found) - 1) for n, key in enumerate(found))
    ]
    if as_json:
        for key_id, made, signs in rows:
            write_json({"id": key_id, "made": made, "signs": signs})
    else:
        write_table(("id", "made", "signs"), [(i, made, "yes" if signs else "") for i, made, signs in rows])
