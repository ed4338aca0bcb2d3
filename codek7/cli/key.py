"""`codek7 key`: the API keys of a home's server, whether it runs or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from codek7.cli.common import home_option, json_option, open_hub, write_json, write_table
from codek7.core.errors import ToolMissing

if TYPE_CHECKING:
    from codek7_server.access.accounts import Accounts
    from codek7_server.identity import Role

ROLES = ("admin", "moderator", "uploader", "viewer")
EPILOG = """\b
Examples:
  codek7 key new --role admin --home media
  codek7 key new --role uploader --name "the camera"
  codek7 key ls
  codek7 key revoke 3f6k9m2p7q8r1s4t"""


@click.group(epilog=EPILOG)
def key() -> None:
    """Make, list and revoke the server's API keys."""


@key.command(epilog=EPILOG)
@click.option("--role", type=click.Choice(ROLES), required=True, help="What its holder may do.")
@click.option("--name", default="", metavar="TEXT", help="To tell it from others.")
@click.option(
    "--owner", default="", metavar="ID", help="Whose uploads are its own too: a key's id. [default: its own]"
)
@home_option
def new(role: Role, name: str, owner: str, home: str | None) -> None:
    """Make a key, and print it. It is kept as a hash, so nothing can show it again."""
    with _accounts(home) as accounts:
        from codek7_server.access.keys import new_key

        secret, _ = new_key(accounts, role=role, name=name, owner=owner)
    click.echo(secret)


@key.command(epilog=EPILOG)
@home_option
@json_option
def ls(home: str | None, as_json: bool) -> None:
    """List keys, the oldest first, without their secrets."""
    with _accounts(home) as accounts:
        from codek7_server.access.keys import every_key

        found = every_key(accounts)
    if as_json:
        for each in found:
            write_json(each)
        return
    rows = [(k.id, k.role, k.name, _day(k.created_us), _day(k.used_us), _day(k.revoked_us)) for k in found]
    write_table(("id", "role", "name", "created", "used", "revoked"), rows)


@key.command(epilog=EPILOG)
@click.argument("key_id", metavar="ID")
@home_option
def revoke(key_id: str, home: str | None) -> None:
    """Revoke the key ID: a running server refuses it from its next request on."""
    with _accounts(home) as accounts:
        from codek7_server.access.keys import revoke as revoke_key

        revoke_key(accounts, key_id)


@contextmanager
def _accounts(home: str | None) -> Iterator[Accounts]:
    try:
        from codek7_server.access.accounts import Accounts
    except ModuleNotFoundError as error:
        raise ToolMissing(
            f"keys need the package {error.name}", hint="pip install 'codek7[server]'"
        ) from error
    with open_hub(home) as hub:
        accounts = Accounts.open(hub.home)
        try:
            yield accounts
        finally:
            accounts.close()


def _day(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).strftime("%Y-%m-%d %H:%M") if at_us else ""
