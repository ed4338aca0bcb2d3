"""Assets as the API shows them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from codek7.core.assets import Asset, Decision, Span, State, Visibility
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


class AssetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An asset as it is listed. Times are Unix microseconds. `progress` goes from 0 to 1, which it is only
    when the asset plays. `height` is that of the highest picture, 0 for sound. `poster` can be fetched
    without a key for some hours; it is null where there is no picture."""

    id: str
    title: str
    description: str
    owner: str
    tags: tuple[str, ...]
    category: str
    language: str
    state: State
    visibility: Visibility
    progress: float
    duration_us: int
    height: int
    created_us: int
    updated_us: int
    poster: str | None


class AssetPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some assets. `next` asks for those after them; null at the end."""

    items: list[AssetSummary]
    next: str | None


class RenditionView(msgspec.Struct, frozen=True, kw_only=True):
    """A rung that is published, or a sound. Rates are those of its bytes, segment by segment."""

    name: str
    kind: Literal["video", "audio"]
    codecs: str
    language: str
    title: str
    width: int | None
    height: int | None
    frame_rate: str | None
    dynamic_range: str | None
    channels: int | None
    average_bps: int | None
    peak_bps: int | None
    size_bytes: int
    duration_us: int


class TrackView(msgspec.Struct, frozen=True, kw_only=True):
    """A track of the source."""

    index: int
    kind: Literal["video", "audio", "subtitle"]
    codec: str
    language: str = ""
    title: str = ""
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = None
    channels: int | None = None


class AssetView(AssetSummary, frozen=True, kw_only=True):
    """All of an asset. `etag` changes with every edit: send it as If-Match to lose nobody's. `reason` says
    why it is held, refused or has failed, to its owner and moderators. `storyboard` is a WebVTT index of
    small pictures."""

    custom: dict[str, Any]
    policy: str
    size_bytes: int
    renditions: list[RenditionView]
    tracks: list[TrackView]
    storyboard: str | None
    previewable: bool
    reason: str
    etag: str


class PlaybackView(msgspec.Struct, frozen=True, kw_only=True):
    """How to play an asset: `playlist` needs nothing else, for `expires_s` seconds at least. A `preview` is
    of what is finished so far, and grows."""

    playlist: str
    expires_s: int
    preview: bool
    poster: str | None
    storyboard: str | None


class VerdictView(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement. `moderator` is who signed it; of a person, `person:` and their id. Spans are the evidence:
    scored stretches of the presentation."""

    moderator: str
    decision: Decision
    reason: str
    spans: list[Span]
    given_us: int
    job_id: str


class VerdictList(msgspec.Struct, frozen=True, kw_only=True):
    """Every judgement of an asset, the first one first."""

    items: list[VerdictView]


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
        renditions=msgspec.convert(known["rates"], list[RenditionView]),
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
    return msgspec.convert(found, list[TrackView])
