"""Running the server until it is told to stop."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress

import uvicorn

from codek7.hub import Hub
from codek7_server.access.accounts import Accounts
from codek7_server.access.live import Access
from codek7_server.app import make_app
from codek7_server.delivery.app import Delivery
from codek7_server.delivery.tokens import Tokens
from codek7_server.live import Live
from codek7_server.operation.logs import set_up as set_up_logs
from codek7_server.operation.metrics import Metrics


class Announcing(uvicorn.Server):
    """Says on standard output where it listens, once it does: programs that ask for any free port read it."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        await super().startup(sockets)
        if self.started:
            listening = self.servers[0].sockets[0]
            host, port = listening.getsockname()[:2]
            host = f"[{host}]" if listening.family == socket.AF_INET6 else host
            sys.stdout.write(f"http://{host}:{port}\n")
            sys.stdout.flush()


def serve(hub: Hub) -> None:
    """Serve a home; returns after SIGINT or SIGTERM, when what was being answered is answered."""
    settings = hub.settings.server
    set_up_logs()
    accounts = Accounts.open(hub.home)
    tokens = Tokens.open(hub.home, ttl_s=settings.delivery.token_ttl_s)
    live = Live(
        hub=hub,
        tokens=tokens,
        delivery=Delivery(hub.store, tokens, settings.delivery),
        metrics=Metrics(),
        access=Access(accounts, per_minute=settings.requests_per_minute, url=settings.url),
    )
    config = uvicorn.Config(
        make_app(live),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=20,
    )
    with suppress(KeyboardInterrupt):  # uvicorn passes the signal on once all is answered: nothing failed
        Announcing(config).run()
