"""`codek7 nginx`: nginx in front of the server."""

from __future__ import annotations

import click

from codek7.cli.common import home_option, open_hub

EPILOG = """\b
Examples:
  codek7 nginx --home media > /etc/nginx/conf.d/codek7.conf
  codek7 nginx --home media --server-name media.example.org --listen 443 \\
    --certificate /etc/ssl/media.pem --certificate-key /etc/ssl/media.key
  codek7 nginx --home media --accel"""


@click.command(epilog=EPILOG)
@home_option
@click.option("--listen", default="80", metavar="ADDRESS", help="nginx's `listen`. [default: 80]")
@click.option("--server-name", default="_", metavar="NAMES", help="nginx's `server_name`. [default: any]")
@click.option("--certificate", default="", metavar="FILE", help="For TLS.")
@click.option("--certificate-key", default="", metavar="FILE", help="For TLS.")
@click.option(
    "--accel", is_flag=True, help="The server verifies tokens, and tells nginx which file to serve."
)
def nginx(
    home: str | None, listen: str, server_name: str, certificate: str, certificate_key: str, accel: bool
) -> None:
    """Print a configuration for nginx in front of the server, for its http block.

    nginx verifies playback tokens and serves the store's files without asking the server. It reads the keys
    from HOME/playback.keys.nginx, which this writes and a rotation keeps up to date: reload nginx afterwards.
    """
    from codek7_server.delivery import keys
    from codek7_server.delivery.nginx import Front, configuration, folder_of
    from codek7_server.delivery.tokens import Tokens

    with open_hub(home) as hub:
        server = hub.settings.server
        folder = folder_of(hub.store)
        file = "" if accel else str(keys.write_for_nginx(hub.home, Tokens.open(hub.home).keys))
        front = Front(
            listen=listen,
            server_name=server_name,
            certificate=certificate,
            certificate_key=certificate_key,
            backend=f"{server.host}:{server.port}",
            keys_file=file,
        )
        click.echo(configuration(front, folder, server.delivery), nl=False)
