"""What the library and the jobs know, for the pages."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from codek7_server.access import sees_all
from codek7_server.identity import Identity
from codek7_server.library.queries import Direction, Query, Reader, Sort
from codek7_server.library.searching import Page
from codek7_server.live import Live
from codek7_server.pages.asked import Asked

LIMIT = 24
ORDERS: Mapping[str, tuple[Sort | None, Direction | None]] = {
    "": (None, None),
    "newest": ("created", "falling"),
    "oldest": ("created", "rising"),
    "title": ("title", "rising"),
    "longest": ("duration", "falling"),
}


async def find(live: Live, identity: Identity, asked: Asked) -> Page:
    """A page of what they may find. Raises `UsageError` for a cursor that is none of the query's."""
    sort, direction = ORDERS[asked.sort]
    query = Query(
        q=asked.q,
        owner=identity.id if asked.mine and identity.id else None,
        category=asked.category or None,
        language=asked.language or None,
        tags=(asked.tag,) if asked.tag else (),
        sort=sort,
        direction=direction,
        limit=LIMIT,
        cursor=asked.cursor,
    )
    return await live.library.search(query, Reader(owner=identity.id, all=sees_all(identity)))


async def progress(live: Live, assets: Collection[str]) -> dict[str, float]:
    """How far the work on each is, from 0 to 1."""
    if not assets:
        return {}
    return await asyncio.to_thread(lambda: {each: live.jobs.progress_of(each) for each in assets})
