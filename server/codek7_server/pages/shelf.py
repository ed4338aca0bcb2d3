"""What the library holds, for the pages."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from codek7.core.assets import Asset
from codek7_server.access import may
from codek7_server.identity import Identity
from codek7_server.live import Live
from codek7_server.pages.asked import Asked

PAGE = 24


class Found(NamedTuple):
    """A page of what was asked for; `total` where somebody counted."""

    assets: Sequence[Asset]
    next: str
    total: int | None


async def find(live: Live, identity: Identity, asked: Asked) -> Found:
    """STAND-IN."""
    every = await asyncio.to_thread(live.hub.catalog.assets)
    fit = [a for a in every if may(identity, "asset:see", a) and asked.q.lower() in a.title.lower()]
    start = int(asked.cursor or 0)
    return Found(fit[start : start + PAGE], str(start + PAGE) if len(fit) > start + PAGE else "", len(fit))


def progress(live: Live, asset: Asset) -> float:
    """0 to 1."""
    return 0.0


async def preview(live: Live, asset: Asset) -> str:
    """The growing playlist; empty before its first part."""
    return ""
