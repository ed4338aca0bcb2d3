"""What the templates show of an asset."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from codek7.core.assets import Asset
from codek7_server.delivery.tokens import Tokens
from codek7_server.library.entries import Entry
from codek7_server.pages import words

POSTER = "image/poster.jpg"
STORYBOARD = "image/storyboard.vtt"
STATES = {
    "queued": "Waiting",
    "working": "Encoding",
    "held": "Held for review",
    "refused": "Refused",
    "failed": "Failed",
}
SUMMARY = 200
UNFINISHED = ("queued", "working")


class Card(NamedTuple):
    """An asset on the shelf."""

    id: str
    title: str
    state: str
    state_words: str
    progress: float
    duration: str
    poster: str
    storyboard: str
    created: str
    created_iso: str
    category: str
    visibility: str


class Row(NamedTuple):
    """A rendition in the table of the watch page."""

    what: str
    codec: str
    rate: str


class Film(NamedTuple):
    """An asset on its own page. `playlist` is empty where there is nothing to play."""

    id: str
    title: str
    summary: str
    description: str
    tags: Sequence[str]
    category: str
    visibility: str
    state: str
    state_words: str
    reason: str
    progress: float
    percent: str
    making_words: str
    playlist: str
    sound_alone: bool
    poster: str
    storyboard: str
    duration: str
    created: str
    created_iso: str
    renditions: Sequence[Row]


class Pictures(NamedTuple):
    """Addresses of a published asset's pictures; empty where it has none."""

    poster: str = ""
    storyboard: str = ""


def pictures(asset: Asset | Entry, tokens: Tokens) -> Pictures:
    """Sound alone has none."""
    if asset.state != "published" or not asset.playlist or not asset.height:
        return Pictures()
    folder = asset.playlist.rpartition("/")[0]
    return Pictures(tokens.url(f"{folder}/{POSTER}"), tokens.url(f"{folder}/{STORYBOARD}"))


def card(asset: Entry, tokens: Tokens, progress: float) -> Card:
    """As the library shows it."""
    shown = pictures(asset, tokens)
    return Card(
        id=asset.id,
        title=asset.title,
        state=_state(asset),
        state_words=STATES.get(asset.state, ""),
        progress=progress,
        duration=words.clock(asset.duration_us),
        poster=shown.poster,
        storyboard=shown.storyboard,
        created=words.ago(asset.created_us, time.time_ns() // 1000),
        created_iso=words.iso(asset.created_us),
        category=asset.category,
        visibility=asset.visibility,
    )


def film(
    asset: Asset,
    tokens: Tokens,
    *,
    playlist: str,
    progress: float,
    rates: Sequence[Mapping[str, Any]],
) -> Film:
    """As the watch page shows it."""
    shown = pictures(asset, tokens)
    waiting = asset.state == "queued"
    return Film(
        id=asset.id,
        title=asset.title,
        summary=(asset.description or asset.title)[:SUMMARY],
        description=asset.description,
        tags=asset.tags,
        category=asset.category,
        visibility=asset.visibility,
        state=_state(asset),
        state_words=STATES.get(asset.state, ""),
        reason=asset.reason,
        progress=progress,
        percent=words.percent(progress),
        making_words="Waiting for its turn" if waiting else "Encoding",
        playlist=playlist,
        sound_alone=bool(rates) and not any(each["kind"] == "video" for each in rates),
        poster=shown.poster,
        storyboard=shown.storyboard,
        duration=words.clock(asset.duration_us),
        created=words.day(asset.created_us),
        created_iso=words.iso(asset.created_us),
        renditions=[_row(each) for each in rates],
    )


def _state(asset: Asset | Entry) -> str:
    """Waiting is a kind of working."""
    return "working" if asset.state in UNFINISHED else asset.state


def _row(rendition: Mapping[str, Any]) -> Row:
    if rendition["kind"] == "video":
        what = f"{rendition['width']}×{rendition['height']}"
    elif rendition["kind"] == "audio":
        what = {1: "Mono", 2: "Stereo", 6: "5.1", 8: "7.1"}.get(rendition["channels"], "Sound")
    else:
        what = "Subtitles"
    language = rendition["language"]
    if rendition["kind"] != "video" and language not in ("", "und"):
        what = f"{what} · {language}"
    return Row(what, rendition["codecs"], words.rate(rendition["average_bps"]))
