"""What viewers experienced, as players tell it."""

from __future__ import annotations

import msgspec

VIEW_US = 10_000_000
"""Whoever watched so long has viewed an asset; half of it is enough where it lasts less than twice that."""


class RungUse(msgspec.Struct, frozen=True, kw_only=True):
    """For how long a rendition was watched."""

    rendition: str
    watched_us: int


class PlaybackRecord(msgspec.Struct, frozen=True, kw_only=True):
    """How one playback went from its beginning until now: the newest record of a session replaces the others.
    None where the player did not say. `watched_us` is time that passed while pictures moved, not a place in
    the asset."""

    asset_id: str
    version: str
    session: str
    at_us: int
    startup_us: int | None = None
    watched_us: int = 0
    stalls: int = 0
    stalled_us: int = 0
    switches: int = 0
    throughput_bps: int | None = None
    dropped_frames: int | None = None
    rungs: tuple[RungUse, ...] = ()
    ended: bool = False
    player: str = ""
    error: str = ""


class RungShare(msgspec.Struct, frozen=True, kw_only=True):
    """A rendition among all that was watched; `share` from 0 to 1."""

    rendition: str
    watched_us: int
    share: float


class PlaybackReport(msgspec.Struct, frozen=True, kw_only=True):
    """An asset's playback, of every version. `sessions` are playbacks that began, `views` those that count as
    watched (see `VIEW_US`), `ended` those that reached the end, `failed` those that met an error.
    `stall_ratio` is time stalled for each unit of time watched."""

    asset_id: str
    sessions: int = 0
    views: int = 0
    ended: int = 0
    failed: int = 0
    watched_us: int = 0
    startup_median_us: int | None = None
    startup_p95_us: int | None = None
    stalls: int = 0
    stalled_us: int = 0
    stall_ratio: float = 0.0
    switches: int = 0
    throughput_median_bps: int | None = None
    rungs: tuple[RungShare, ...] = ()
    """The most watched first."""
