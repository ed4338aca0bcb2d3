"""`/watch/{id}`: one film."""

from __future__ import annotations

import asyncio

from litestar import Response, get

from codek7.core.assets import Asset
from codek7_server.access import authorise, may
from codek7_server.identity import Identity
from codek7_server.live import Live, Served
from codek7_server.pages import shelf, views
from codek7_server.pages.rendering import page


@get("/watch/{asset_id:str}", include_in_schema=False)
async def watch(identity: Identity, live: Served, asset_id: str) -> Response[str]:
    """The player, or how far the work is."""
    asset = await asyncio.to_thread(live.hub.catalog.asset, asset_id)
    authorise(identity, "asset:see", asset)
    rates = []
    if asset.version:
        detail = await asyncio.to_thread(live.hub.catalog.detail, asset_id, parts=("rates",))
        rates = detail["rates"]
    progress = await shelf.progress(live, [asset_id]) if asset.state in views.UNFINISHED else {}
    film = views.film(
        asset,
        live.tokens,
        playlist=_playlist(live, identity, asset),
        progress=progress.get(asset_id, 0.0),
        rates=rates,
    )
    return page("watch.html", identity, here="watch", player=bool(film.playlist), film=film)


def _playlist(live: Live, identity: Identity, asset: Asset) -> str:
    """What is published; while that is still being made, the preview for those who may see it."""
    if asset.state == "published" and may(identity, "asset:play", asset):
        return live.tokens.url(asset.playlist)
    growing = live.jobs.preview_of(asset.id) if asset.state == "working" else ""
    return live.tokens.url(growing) if growing and may(identity, "asset:preview", asset) else ""
