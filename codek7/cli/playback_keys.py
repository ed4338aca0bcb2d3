"""`codek7 playback-keys`: what signs the addresses that are given to players."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from codek7.cli.common import home_option, json_option, open_hub, write_json, write_table

if TYPE_CHECKING:
    from codek7_server.delivery.keys import Key


@click.group()
def playback_keys() -> None:
    """Show or rotate the keys that sign playback addresses."""


@playback_keys.command(epilog="\b\nExample:\n  codek7 playback-keys ls --home media")
@home_option
@json_option
def ls(home: str | None, as_json: bool) -> None:
    """The keys that are good now, without their secrets."""
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
    """Add a key, which signs in a minute. Old keys are kept for as long as addresses signed with them are
    good. Servers of this home follow by themselves; nginx has to be reloaded within the minute, and other
    machines need the file within it."""
    from codek7_server.delivery import keys
    from codek7_server.delivery.tokens import longest_life_s

    with open_hub(home) as hub:
        keep_s = 0 if drop_old else longest_life_s(hub.settings.server.delivery.token_ttl_s)
        found = keys.rotate(hub.home, int(time.time()), keep_s)
    _show(found, as_json)


def _show(found: tuple[Key, ...], as_json: bool) -> None:
    from codek7_server.delivery.keys import signing

    now_s = time.time()
    rows = [(key.id, _time(key.from_s), key == signing(found, now_s)) for key in found]
    if as_json:
        for key_id, since, signs in rows:
            write_json({"id": key_id, "signs_from": since, "signs": signs})
    else:
        write_table(("id", "signs from", "signs"), [(i, since, "yes" if s else "") for i, since, s in rows])


def _time(unix_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix_s)) if unix_s else ""
