"""Whether the server lives, and whether it should be sent work."""

from __future__ import annotations

from litestar import get

from codek7_server.live import Live
from codek7_server.part import Part


@get("/health", tags=["operation"])
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


def part(_: Live) -> Part:
    """The routes."""
    return Part(routes=[health])
