"""Running the server until it is told to stop."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from codek7.core.errors import SettingsInvalid
from codek7.core.settings import Server
from codek7.hub import Hub
from codek7_server.access.accounts import Accounts
from codek7_server.access.limits import Limits
from codek7_server.access.live import Access
from codek7_server.app import make_app
from codek7_server.delivery.app import Delivery
from codek7_server.delivery.tokens import Tokens
from codek7_server.imports.running import Imports
from codek7_server.jobs.bus import Bus
from codek7_server.jobs.live import Jobs
from codek7_server.library.live import Library
from codek7_server.listening import listen
from codek7_server.live import Live
from codek7_server.operation.logs import set_up as set_up_logs
from codek7_server.operation.metrics import Metrics
from codek7_server.outbound.guard import Guard
from codek7_server.playback.collecting import Collecting
from codek7_server.uploads.intake import Uploads
from codek7_server.uploads.room import kept_of
from codek7_server.webhooks.outbox import Outbox
from codek7_server.webhooks.telling import Telling

SWITCH_S = 0.0005
"""Threads that run Python (a query's answer, a hash) let those who answer players in after so long."""


def serve(hub: Hub) -> None:
    """Serve a home; returns after SIGINT or SIGTERM, when what was being answered is answered. Raises
    `SettingsInvalid`."""
    settings = hub.settings.server
    sys.setswitchinterval(SWITCH_S)
    set_up_logs()
    _check_url(settings.url)
    accounts = Accounts.open(hub.home)
    tokens = Tokens.open(hub.home, ttl_s=settings.delivery.token_ttl_s)
    guard = Guard(settings.outbound)
    uploads = Uploads(hub.home, settings.uploads, kept_of(hub))
    bus = Bus()
    jobs = Jobs(hub, bus)
    live = Live(
        hub=hub,
        bus=bus,
        jobs=jobs,
        library=Library(hub.home, hub.catalog),
        tokens=tokens,
        delivery=Delivery(hub.store, tokens, settings.delivery),
        metrics=Metrics(),
        uploads=uploads,
        imports=Imports(uploads, guard, settings.outbound),
        webhooks=Telling(Outbox.open(hub.home), hub.catalog, guard, settings.outbound),
        playback=Collecting(hub.catalog.add_playback),
        access=Access(accounts, _limits(settings), url=settings.url),
    )
    with jobs.held():
        listen(make_app(live), settings, on_stop=bus.close)


def _limits(settings: Server) -> Limits:
    return Limits(
        settings.requests_per_minute,
        at_once=settings.requests_at_once,
        streams_each=settings.streams_per_key,
        streams=settings.streams,
    )


def _check_url(url: str) -> None:
    """Every address that is given out begins with it."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if url and (not good or parts.query or parts.fragment):
        raise SettingsInvalid(
            f"server.url: {url[:200]!r} is no address of a server", hint='such as "https://media.example.org"'
        )
