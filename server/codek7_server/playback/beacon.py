"""What a player posts: checked before anything is kept of it."""

from __future__ import annotations

import time
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from codek7.core.assets import clean_title
from codek7.core.errors import Forbidden, UsageError
from codek7.core.playback import PlaybackRecord, RungUse
from codek7.core.values import from_json
from codek7_server.delivery.tokens import Tokens

MAX_BYTES = 16_384
MAX_RUNGS = 32
GRACE_S = 86_400
"""Whoever began while a token was good may tell how it went after it expired."""
_DAYS_30_US = 30 * 86_400_000_000

Microseconds = Annotated[int, msgspec.Meta(ge=0, le=_DAYS_30_US)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Rate = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000_000)]
Name = Annotated[str, msgspec.Meta(max_length=100)]
Session = Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{8,64}$")]


class BeaconRung(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long a rendition was watched; its name is its folder's in the playlist's addresses."""

    rendition: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    watched_us: Microseconds


class Beacon(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one playback went from its beginning until now. `playlist` is the address that was played, with its
    token; `session` is a random text that the player keeps for one playback. Each beacon replaces the one
    before of its session, so none of them has to arrive but the last."""

    playlist: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    session: Session
    startup_us: Microseconds | None = None
    watched_us: Microseconds = 0
    stalls: Count = 0
    stalled_us: Microseconds = 0
    switches: Count = 0
    throughput_bps: Rate | None = None
    dropped_frames: Count | None = None
    rungs: Annotated[list[BeaconRung], msgspec.Meta(max_length=MAX_RUNGS)] = []
    ended: bool = False
    player: Name = ""
    error: Annotated[str, msgspec.Meta(max_length=500)] = ""


def read(body: bytes) -> Beacon:
    """Raises `UsageError`."""
    try:
        return from_json(body, Beacon)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the record cannot be read: {error}", hint="see /api/openapi.json") from None


def record_of(beacon: Beacon, tokens: Tokens) -> PlaybackRecord:
    """The row it becomes. Raises `Forbidden` where the playlist's token does not open it."""
    asset, version = _opened(beacon.playlist, tokens)
    rungs: dict[str, int] = {}
    for rung in beacon.rungs:
        name = clean_title(rung.rendition)
        rungs[name] = rungs.get(name, 0) + rung.watched_us
    return PlaybackRecord(
        asset_id=asset,
        version=version,
        session=beacon.session,
        at_us=time.time_ns() // 1000,
        startup_us=beacon.startup_us,
        watched_us=beacon.watched_us,
        stalls=beacon.stalls,
        stalled_us=beacon.stalled_us,
        switches=beacon.switches,
        throughput_bps=beacon.throughput_bps,
        dropped_frames=beacon.dropped_frames,
        rungs=tuple(RungUse(rendition=name, watched_us=us) for name, us in rungs.items()),
        ended=beacon.ended,
        player=clean_title(beacon.player),
        error=clean_title(beacon.error),
    )


def _opened(playlist: str, tokens: Tokens) -> tuple[str, str]:
    """Asset and version. The signature has to be right; an expiry may be a day ago."""
    try:
        parts = urlsplit(playlist).path.split("/", 6)
    except ValueError:
        parts = []
    if len(parts) == 7 and parts[:2] == ["", "v"]:
        token, expiry, asset, version = parts[2:6]
        if tokens.verify(token, expiry, f"{asset}/{version}", now_s=time.time() - GRACE_S):
            return asset, version
    raise Forbidden(
        "the record names no playlist that its token opens", hint="send the address that was played"
    )
