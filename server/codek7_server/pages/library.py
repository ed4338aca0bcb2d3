"""`/`: what there is to watch."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from codek7_server.identity import Identity
from codek7_server.live import Served
from codek7_server.pages import shelf, views
from codek7_server.pages.asked import FIT, SORTS, Asked
from codek7_server.pages.rendering import page


@get("/", include_in_schema=False)
async def library(request: Request[Any, Any, Any], identity: Identity, live: Served) -> Response[str]:
    """The whole page; to htmx the results alone, and the cards alone where it goes on."""
    asked = Asked.of(dict(request.query_params))
    found = await shelf.find(live, identity, asked)
    cards = [views.card(asset, live.tokens, shelf.progress(live, asset)) for asset in found.assets]
    partial = request.headers.get("hx-request") == "true" and "hx-history-restore-request" not in request.headers
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
        sorts=(FIT, *SORTS[1:], ("newest", SORTS[0][1])) if asked.q else SORTS,
        empty_home=not cards,
        count_line=_count(found, asked),
    )


def _count(found: shelf.Found, asked: Asked) -> str:
    """How many there are, as far as that is known."""
    count = found.total if found.total is not None else len(found.assets)
    more = " or more" if found.total is None and found.next else ""
    noun = "title" if count == 1 and not more else "titles"
    return f"{count}{more} {noun}{' found' if asked.filtered and not asked.mine else ''}"
