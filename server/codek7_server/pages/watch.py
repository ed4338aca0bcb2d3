"""`/watch/{id}`: one film."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from litestar import Response, get

from codek7.core.assets import Asset
from codek7.core.ports import SigningStore
from codek7.core.records import ASSETS
from codek7_server.access import authorise, may
from codek7_server.assets.finding import preview_of
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
        playlist=await _playlist(live, identity, asset),
        progress=progress.get(asset_id, 0.0),
        rates=rates,
    )
    return page(
        "watch.html",
        identity,
        here="watch",
        player=bool(film.playlist),
        media_from=_media_from(live),
        film=film,
    )


def _media_from(live: Live) -> str:
    """The store's origin, where playlists name addresses of its own; else empty."""
    store = live.hub.store
    if not (live.settings.delivery.signed_urls and isinstance(store, SigningStore)):
        return ""
    address = urlsplit(store.signed_url(ASSETS, 60))  # only counted, nothing is asked
    return f"{address.scheme}://{address.netloc}"


async def _playlist(live: Live, identity: Identity, asset: Asset) -> str:
    """What is published; until then, for those who may see it, what is finished."""
    if asset.state == "published":
        return live.tokens.url(asset.playlist) if may(identity, "asset:play", asset) else ""
    if not may(identity, "asset:preview", asset):
        return ""
    key = await asyncio.to_thread(preview_of, live, asset)
    return live.tokens.url(key) if key else ""
