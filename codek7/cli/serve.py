"""`codek7 serve`: the server."""

from __future__ import annotations

import gc

import click

from codek7.cli.common import home_option, open_hub
from codek7.core.errors import ToolMissing

EPILOG = """\b
Examples:
  codek7 serve --home media
  codek7 serve --home media --host 0.0.0.0 --port 80
  codek7 serve --role delivery --store s3://media/published --home keys"""


@click.command(epilog=EPILOG)
@home_option
@click.option("--host", metavar="ADDRESS", help="Where to listen. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="0 for any that is free. [default: 8700]")
@click.option(
    "--role",
    type=click.Choice(["all", "delivery"]),
    default="all",
    help="delivery: hand out published media and nothing else, with a store and playback keys alone.",
)
@click.option("--store", metavar="URL", help="The store, in the place of the home's.")
def serve(home: str | None, host: str | None, port: int | None, role: str, store: str | None) -> None:
    """Serve a home: uploads, jobs, delivery, an API and pages, until it is interrupted."""
    gc.disable()  # until the server listens: a start leaves much behind, and none of it is garbage
    try:
        from codek7_server.delivery.alone import serve_delivery
        from codek7_server.serve import serve as serve_all
    except ModuleNotFoundError as error:
        raise ToolMissing(
            f"the server needs the package {error.name}", hint="pip install 'codek7[server]'"
        ) from error

    asked = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    with open_hub(home, server=asked, store=store) as hub:
        (serve_delivery if role == "delivery" else serve_all)(hub)
