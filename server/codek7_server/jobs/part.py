"""Jobs and events as a part of the server."""

from __future__ import annotations

from codek7_server.live import Live
from codek7_server.part import Part


def part(live: Live) -> Part:
    """The routes, and the scheduler beside them."""
    return Part(routes=[], running=live.jobs.running)
