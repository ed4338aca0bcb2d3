"""Running the server until it is told to stop."""

from __future__ import annotations

import uvicorn

from codek7.hub import Hub
from codek7_server.app import make_app
from codek7_server.live import Live


def serve(hub: Hub) -> None:
    """Serve a home; returns after SIGINT or SIGTERM, when what was being answered is answered."""
    settings = hub.settings.server
    app = make_app(Live(hub))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=20,
    )
