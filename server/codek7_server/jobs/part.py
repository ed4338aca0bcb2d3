"""Jobs and events as a part of the server."""

from __future__ import annotations

from codek7_server.jobs.following import follow
from codek7_server.jobs.routes import ROUTES
from codek7_server.live import Live
from codek7_server.part import Part


def part(live: Live) -> Part:
    """The routes, and the scheduler beside them."""
    return Part(routes=[*ROUTES, follow], running=live.jobs.running)
