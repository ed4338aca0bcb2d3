"""`codek7 serve`: the server."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, open_hub
from codek7.core.errors import ToolMissing

EPILOG = """\b
Examples:
  codek7 serve --home media
  codek7 serve --home media --host 0.0.0.0 --port 80"""


@click.command(epilog=EPILOG)
@home_option
@click.option("--host", metavar="ADDRESS", help="Where to listen. [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="0 for any that is free. [default: 8700]")
def serve(home: str | None, host: str | None, port: int | None) -> None:
    """Serve a home: uploads, jobs, delivery, an API and pages, until it is interrupted."""
    try:
        from codek7_server.serve import serve as run
    except ModuleNotFoundError as error:
        raise ToolMissing(
            f"the server needs the package {error.name}", hint="pip install 'codek7[server]'"
        ) from error

    asked = {"host": host, "port": port}
    with open_hub(home, server={name: value for name, value in asked.items() if value is not None}) as hub:
        run(hub)
