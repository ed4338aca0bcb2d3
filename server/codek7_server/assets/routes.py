"""/api/assets: reading and editing."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, patch
from litestar.params import Parameter

from codek7.api import AssetPage, AssetView, PlaybackView
from codek7.core.assets import Asset
from codek7.core.edits import Edit
from codek7.core.errors import AssetNotFound, EditConflict, StateConflict
from codek7.upkeep import edit_asset, remove_asset
from codek7_server.access import authorise
from codek7_server.assets import asked
from codek7_server.assets.finding import addresses_of, listed, playable, reader_of, whole
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity
from codek7_server.live import Live, Served

Asked = Request[Any, Any, Any]


class AssetRoutes(Controller):
    """Assets."""

    path = "/api/assets"
    tags = ["assets"]  # noqa: RUF012  # as the framework declares it

    @get("/", operation_id="listAssets")
    async def every(
        self,
        request: Asked,
        identity: Identity,
        live: Served,
        q: asked.Words = "",
        asset_state: asked.OneState = None,
        visibility: asked.OneVisibility = None,
        owner: asked.Owner = None,
        tag: asked.Tags = None,
        category: asked.Category = None,
        language: asked.Language = None,
        sort: asked.OneSort = None,
        order: asked.Order = None,
        limit: asked.Limit = 24,
        cursor: asked.Cursor = "",
    ) -> AssetPage:
        """Assets that you may find: everybody's published public ones, your own, and all for moderators. With
        `next`, page after page, each that was there when you began comes once."""
        authorise(identity, "asset:list")
        query = asked.query_of(
            identity, q=q, state=asset_state, visibility=visibility, owner=owner, tags=tag,
            category=category, language=language, sort=sort, order=order, limit=limit, cursor=cursor,
        )  # fmt: skip
        page = await live.library.search(query, reader_of(identity))
        return await asyncio.to_thread(listed, live, page, addresses_of(live, request))

    @get("/{asset_id:str}", operation_id="getAsset", responses=fails_with(AssetNotFound))
    async def one(
        self, request: Asked, identity: Identity, live: Served, asset_id: asked.AssetId
    ) -> Response[AssetView]:
        """All that is known of an asset, with its renditions once it is published."""
        asset = await _asset(live, asset_id)
        authorise(identity, "asset:see", asset)
        return await _shown(live, identity, asset, request)

    @patch(
        "/{asset_id:str}",
        operation_id="editAsset",
        security=KEY,
        responses=fails_with(AssetNotFound, EditConflict),
    )
    async def edit(
        self,
        request: Asked,
        identity: Identity,
        live: Served,
        asset_id: asked.AssetId,
        data: Edit,
        if_match: asked.IfMatch = "",
    ) -> Response[AssetView]:
        """Change what is said of an asset; what is not sent stays. Made private, all its URLs from before are
        taken back at once."""
        authorise(identity, "asset:edit", await _asset(live, asset_id))
        hub = live.hub
        edited = partial(edit_asset, hub.catalog, hub.store, hub.home, asset_id, data)
        asset = await asyncio.to_thread(edited, by=identity.id, unless=asked.unless_of(if_match))
        await live.library.refresh(asset_id)
        return await _shown(live, identity, asset, request)

    @delete("/{asset_id:str}", operation_id="removeAsset", security=KEY, responses=fails_with(AssetNotFound))
    async def remove(self, identity: Identity, live: Served, asset_id: asked.AssetId) -> None:
        """Remove an asset whole: what is published of it, its source, its jobs, and what is known of it."""
        authorise(identity, "asset:remove", await _asset(live, asset_id))
        hub = live.hub
        await asyncio.to_thread(remove_asset, hub.catalog, hub.store, hub.home, asset_id)
        await live.library.refresh(asset_id)

    @get(
        "/{asset_id:str}/playback",
        operation_id="playAsset",
        responses=fails_with(AssetNotFound, StateConflict),
    )
    async def playback(
        self,
        request: Asked,
        identity: Identity,
        live: Served,
        asset_id: asked.AssetId,
        preview: Annotated[bool, Parameter(description="Also what is finished while it encodes.")] = False,
    ) -> PlaybackView:
        """A playlist that needs neither key nor cookie. With `preview`, its owner and moderators can watch it
        while it is encoded, or held."""
        asset = await _asset(live, asset_id)
        unfinished = preview and not (asset.version and asset.state == "published")
        authorise(identity, "asset:preview" if unfinished else "asset:play", asset)
        return await asyncio.to_thread(playable, live, asset, addresses_of(live, request), preview=preview)


async def _asset(live: Live, asset_id: str) -> Asset:
    return await asyncio.to_thread(live.hub.catalog.asset, asset_id)


async def _shown(live: Live, identity: Identity, asset: Asset, request: Asked) -> Response[AssetView]:
    shown = await asyncio.to_thread(whole, live, identity, asset, addresses_of(live, request))
    return Response(shown, headers={"ETag": f'"{shown.etag}"'})
