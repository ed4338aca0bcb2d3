"""Records in memory until the next second, when they go to the catalog together."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

import msgspec
from anyio import to_thread

from codek7.core.errors import TooManyRequests
from codek7.core.playback import PlaybackRecord, RungUse
from codek7_server.access.limits import Buckets
from codek7_server.playback.cmcd import Cmcd, parse

FLUSH_S = 1.0
MOST_WAITING = 20_000
MOST_HEARD = 10_000
PER_MINUTE, PER_SESSION_MINUTE = 1_200, 60
"""Records from one address, behind which there may be a whole school, and of one playback."""
QUIET_S = 30.0
"""A player that says CMCD and posts nothing has ended after so long without a request."""

log = logging.getLogger("codek7.server.playback")
Keep = Callable[[Sequence[PlaybackRecord]], None]


class Heard:
    """What a session's requests said so far."""

    def __init__(self, asset: str, version: str) -> None:
        self.asset, self.version = asset, version
        self.watched_us = self.stalls = self.switches = self.throughput_bps = self.bitrate_bps = 0
        self.rungs: dict[str, int] = {}
        self.posted = False
        self.at = time.monotonic()

    def add(self, said: Cmcd) -> None:
        """One more request."""
        self.at = time.monotonic()
        self.throughput_bps = said.throughput_bps or self.throughput_bps
        self.stalls += said.starved
        if said.kind not in ("v", "av"):
            return
        self.watched_us += said.duration_us
        if said.bitrate_bps:
            self.switches += bool(self.bitrate_bps) and self.bitrate_bps != said.bitrate_bps
            self.bitrate_bps = said.bitrate_bps
            name = f"{said.bitrate_bps // 1000} kbit/s"
            if name in self.rungs or len(self.rungs) < 32:
                self.rungs[name] = self.rungs.get(name, 0) + said.duration_us


class Collecting:
    """Takes records and CMCD in, and hands rows on, to `keep`, in a thread. For one event loop."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._waiting: list[PlaybackRecord] = []
        self._heard: OrderedDict[tuple[str, str], Heard] = OrderedDict()
        self._addresses, self._sessions = Buckets(PER_MINUTE), Buckets(PER_SESSION_MINUTE)
        self._flushing = asyncio.Lock()

    def admit(self, address: str) -> None:
        """Raises `TooManyRequests`."""
        _hold(self._addresses.take(address))

    def add(self, record: PlaybackRecord) -> None:
        """Keep it, with what its requests said where the player itself did not. Raises `TooManyRequests`."""
        _hold(self._sessions.take(f"{record.asset_id} {record.session}"))
        if len(self._waiting) >= MOST_WAITING:
            _hold(5)
        heard = self._heard.get((record.asset_id, record.session))
        if heard is not None:
            heard.posted = True
            record = _enriched(record, heard)
        self._waiting.append(record)

    def hear(self, asset: str, version: str, text: str) -> None:
        """What a request for media said. Never raises."""
        said = parse(text)
        if not said.session:
            return
        key = asset, said.session
        heard = self._heard.get(key)
        if heard is None:
            heard = self._heard[key] = Heard(asset, version)
            if len(self._heard) > MOST_HEARD:
                self._tell(*self._heard.popitem(last=False))
        heard.add(said)
        self._heard.move_to_end(key)

    async def flush(self) -> None:
        """Hand on what there is. What cannot be kept now is tried again, and dropped beyond what fits."""
        async with self._flushing:
            self._end_quiet_ones()
            batch, self._waiting = self._waiting, []
            if not batch:
                return
            try:
                await to_thread.run_sync(self._keep, batch)
            except Exception:
                self._waiting = (batch + self._waiting)[-MOST_WAITING:]
                raise

    def _end_quiet_ones(self) -> None:
        now = time.monotonic()
        while self._heard:
            key, heard = next(iter(self._heard.items()))
            if now - heard.at < QUIET_S:
                return
            del self._heard[key]
            self._tell(key, heard)

    def _tell(self, key: tuple[str, str], heard: Heard) -> None:
        """A player that posts no records is known by its requests alone."""
        if heard.posted or not heard.watched_us or len(self._waiting) >= MOST_WAITING:
            return
        record = PlaybackRecord(
            asset_id=heard.asset,
            version=heard.version,
            session=key[1],
            at_us=time.time_ns() // 1000,
            watched_us=heard.watched_us,
            player="cmcd",
            rungs=tuple(RungUse(rendition=name, watched_us=us) for name, us in heard.rungs.items()),
        )
        self._waiting.append(_enriched(record, heard))


def _enriched(record: PlaybackRecord, heard: Heard) -> PlaybackRecord:
    return msgspec.structs.replace(
        record,
        throughput_bps=record.throughput_bps or heard.throughput_bps or None,
        stalls=max(record.stalls, heard.stalls),
        switches=max(record.switches, heard.switches),
    )


def _hold(wait_s: int) -> None:
    if wait_s:
        raise TooManyRequests("more playback records than are taken", hint="send fewer", retry_s=wait_s)
