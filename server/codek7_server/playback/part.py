"""Playback records as a part of the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from litestar import Request, get, post

from codek7.core.errors import AssetNotFound, Forbidden
from codek7.core.playback import PlaybackReport
from codek7_server.access import authorise
from codek7_server.background import repeatedly
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity
from codek7_server.live import Live, Served
from codek7_server.part import Part
from codek7_server.playback.beacon import MAX_BYTES, read, record_of
from codek7_server.playback.collecting import FLUSH_S
from codek7_server.playback.documented import BeaconOperation


@post(
    "/api/playback-records",
    status_code=204,
    tags=["playback"],
    operation_id="postPlaybackRecord",
    operation_class=BeaconOperation,
    request_max_body_size=MAX_BYTES,
    responses=fails_with(Forbidden),
)
async def post_record(request: Request[Any, Any, Any], identity: Identity, live: Served) -> None:
    """How a playback goes, from the player, as JSON; `text/plain` is taken for JSON too, so that
    `navigator.sendBeacon(url, text)` works from pages of other sites. It needs no key: the playlist's token
    lets it in. It becomes a row within a second."""
    authorise(identity, "record:post")
    live.playback.admit(request.client.host if request.client else "")
    live.playback.add(record_of(read(await request.body()), live.tokens))


@get(
    "/api/assets/{asset_id:str}/playback-report",
    tags=["playback"],
    operation_id="getPlaybackReport",
    security=KEY,
    responses=fails_with(AssetNotFound),
)
async def report(identity: Identity, live: Served, asset_id: str) -> PlaybackReport:
    """Views and rung use of an asset, and how its playback went. A view is a playback that was watched for
    ten seconds, or for half of an asset that lasts less than twenty."""
    asset = await to_thread.run_sync(live.hub.catalog.asset, asset_id)
    authorise(identity, "asset:statistics", asset)
    return await to_thread.run_sync(live.hub.catalog.playback, asset_id)


def part(live: Live) -> Part:
    """The routes, and the writing of rows."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        live.delivery.on_cmcd = live.playback.hear
        try:
            async with repeatedly(live.playback.flush, FLUSH_S):
                yield
        finally:
            live.delivery.on_cmcd = None
            await live.playback.flush()

    return Part(routes=[post_record, report], running=running)
