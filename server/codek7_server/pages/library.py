"""`/`: what there is to watch."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from codek7_server.identity import Identity
from codek7_server.live import Served
from codek7_server.pages import shelf, views
from codek7_server.pages.asked import Asked
from codek7_server.pages.rendering import page


@get("/", include_in_schema=False)
async def library(request: Request[Any, Any, Any], identity: Identity, live: Served) -> Response[str]:
    """The whole page; to htmx the results alone, and the cards alone where it goes on."""
    asked = Asked.of(dict(request.query_params))
    found = await shelf.find(live, identity, asked)
    working = [entry.id for entry in found.items if entry.state in views.UNFINISHED]
    progress = await shelf.progress(live, working)
    cards = [views.card(entry, live.tokens, progress.get(entry.id, 0.0)) for entry in found.items]
    partial = (
        request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers
    )
    template = "library.html"
    if partial:
        template = "cards.html" if asked.cursor else "results.html"
    return page(
        template,
        identity,
        here="library",
        asked=asked,
        cards=cards,
        next_url=asked.url(cursor=found.next) if found.next else "",
        empty_home=not cards,
        count_line=_count(len(cards), asked, more=bool(found.next)),
    )


def _count(count: int, asked: Asked, *, more: bool) -> str:
    """How many there are, as far as that is known."""
    titles = f"More than {count} titles" if more else "1 title" if count == 1 else f"{count} titles"
    return f"{titles} found" if asked.q else titles
