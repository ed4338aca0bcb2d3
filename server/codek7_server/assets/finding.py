"""Assets as their readers may see them: listed, read, played."""

from __future__ import annotations

from typing import Any

from litestar import Request

from codek7.api import AssetPage, AssetView, PlaybackView
from codek7.core.assets import Asset
from codek7.core.edits import edit_tag
from codek7.core.errors import StateConflict, UsageError
from codek7.core.records import ASSETS
from codek7_server.access import may, sees_all
from codek7_server.assets.views import Addresses, summary, view
from codek7_server.identity import Identity
from codek7_server.library.entries import Entry
from codek7_server.library.queries import Reader
from codek7_server.library.searching import Page
from codek7_server.live import Live


def reader_of(identity: Identity) -> Reader:
    """What somebody may find in the library."""
    return Reader(owner=identity.id, all=sees_all(identity))


def addresses_of(live: Live, request: Request[Any, Any, Any]) -> Addresses:
    """URLs as the settings say people reach the server, else as this request did."""
    return Addresses(live.tokens, live.settings.url or _said_in(request))


def _said_in(request: Request[Any, Any, Any]) -> str:
    """Raises `UsageError` where the header Host names no port that there is."""
    try:
        return str(request.base_url)
    except ValueError as error:
        raise UsageError("the header Host cannot be read", hint="send the host and port you ask") from error


def listed(live: Live, page: Page, addresses: Addresses) -> AssetPage:
    """A page of the library. Blocks."""
    items = [summary(entry, progress(live, entry), addresses) for entry in page.items]
    return AssetPage(items=items, next=page.next)


def progress(live: Live, asset: Asset | Entry) -> float:
    """What plays is whole, whatever a later job of it is at. Blocks."""
    return 1.0 if asset.version else live.jobs.progress_of(asset.id)


def whole(live: Live, identity: Identity, asset: Asset, addresses: Addresses) -> AssetView:
    """All of an asset. Blocks."""
    known = live.hub.catalog.detail(asset.id, parts=("rates", "media"))
    inside = may(identity, "asset:preview", asset)
    return view(
        asset,
        known,
        progress=progress(live, asset),
        addresses=addresses,
        previewable=inside and not asset.version and bool(preview_of(live, asset)),
        inside=inside,
        etag=edit_tag(asset),
    )


def playable(live: Live, asset: Asset, addresses: Addresses, *, preview: bool) -> PlaybackView:
    """How to play an asset, or what is finished of it. Blocks. Raises `StateConflict`."""
    if asset.version and asset.state == "published":
        return addresses.playback(asset.playlist, asset, preview=False)
    key = preview_of(live, asset) if preview else ""
    if not key:
        hint = "ask again later" if asset.state in ("queued", "working") else asset.reason
        raise StateConflict(f"nothing of asset {asset.id} can be played: it is {asset.state}", hint=hint)
    return addresses.playback(key, asset, preview=True)


def preview_of(live: Live, asset: Asset) -> str:
    """The key of the playlist that grows while the asset is encoded; of one that is held, the one that its
    job left, which is whole. Empty where there is none. Blocks."""
    if asset.state != "held":
        return live.jobs.preview_of(asset.id)
    left = live.hub.store.keys(f"{ASSETS}{asset.id}/preview-")
    return max((key for key in left if key.endswith("/main.m3u8")), default="")
