"""Assets as the API shows them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from codek7.api import AssetSummary, AssetView, PlaybackView, RenditionView, TrackView
from codek7.core.assets import Asset, State
from codek7.core.values import from_plain
from codek7_server.delivery.tokens import Tokens

POSTER = "image/poster.jpg"
STORYBOARD = "image/storyboard.vtt"


class Pictured(Protocol):
    """What it takes to find the pictures of an asset."""

    @property
    def state(self) -> State: ...
    @property
    def playlist(self) -> str: ...
    @property
    def height(self) -> int: ...


class Addresses:
    """Makes the URLs of what is published: whole ones, below `base`."""

    def __init__(self, tokens: Tokens, base: str) -> None:
        self._tokens, self._base = tokens, base.rstrip("/")

    def of(self, key: str) -> str:
        """The URL of an object of the store."""
        return self._base + self._tokens.url(key)

    def beside(self, asset: Pictured, path: str) -> str | None:
        """The URL of one of an asset's pictures, where it has some."""
        if asset.state != "published" or not asset.playlist or not asset.height:
            return None
        return self.of(f"{asset.playlist.rpartition('/')[0]}/{path}")

    def playback(self, key: str, asset: Asset, *, preview: bool) -> PlaybackView:
        """How to play a playlist of the store."""
        path = self._tokens.url(key)
        expiry_s = int(path.split("/")[3])
        return PlaybackView(
            playlist=self._base + path,
            expires_s=max(0, expiry_s - int(time.time())),
            preview=preview,
            poster=None if preview else self.beside(asset, POSTER),
            storyboard=None if preview else self.beside(asset, STORYBOARD),
        )


def summary(entry: Pictured, progress: float, addresses: Addresses) -> AssetSummary:
    """An asset, or the library's entry of one, as it is listed."""
    return AssetSummary(**_shared(entry, progress, addresses))


def view(
    asset: Asset,
    known: Mapping[str, Any],
    *,
    progress: float,
    addresses: Addresses,
    previewable: bool,
    inside: bool,
    etag: str,
) -> AssetView:
    """All of an asset, with the catalog's `rates` and `media`; `inside`: for who may know the reason."""
    return AssetView(
        **_shared(asset, progress, addresses),
        custom=asset.custom,
        policy=asset.policy,
        size_bytes=asset.source.size_bytes,
        renditions=from_plain(known["rates"], list[RenditionView]),
        tracks=_tracks((known["media"] or {}).get("tracks", [])),
        storyboard=addresses.beside(asset, STORYBOARD),
        previewable=previewable,
        reason=asset.reason if inside else "",
        etag=etag,
    )


def _shared(entry: Any, progress: float, addresses: Addresses) -> dict[str, Any]:
    names = set(AssetSummary.__struct_fields__) - {"progress", "poster"}
    shared = {name: getattr(entry, name) for name in names}
    return {**shared, "progress": round(progress, 4), "poster": addresses.beside(entry, POSTER)}


def _tracks(found: Sequence[Mapping[str, Any]]) -> list[TrackView]:
    """A subtitle file beside the source has no number of its own."""
    return from_plain(found, list[TrackView])
