"""Access as a part of the server."""

from __future__ import annotations

from codek7_server.access.routes import KeyRoutes, SessionRoutes, me
from codek7_server.live import Live
from codek7_server.part import Part


def part(live: Live) -> Part:
    """The routes of keys and sessions; keys that were used are noted while the server runs."""
    return Part(routes=[me, KeyRoutes, SessionRoutes], running=live.access.running)
