"""Records between their arrival and the catalog."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from codek7.core.errors import TooManyRequests
from codek7.core.playback import PlaybackRecord, RungUse
from codek7_server.access.limits import Buckets
from codek7_server.playback import collecting
from codek7_server.playback.collecting import Collecting


def record(session: str = "session0", **more: int) -> PlaybackRecord:
    return PlaybackRecord(asset_id="a", version="v", session=session, at_us=1, **more)  # type: ignore[arg-type]  # only numbers are given


class Kept:
    """A catalog that may fail."""

    def __init__(self) -> None:
        self.batches: list[Sequence[PlaybackRecord]] = []
        self.failing = False

    def __call__(self, records: Sequence[PlaybackRecord]) -> None:
        if self.failing:
            raise OSError("the disk is full")
        self.batches.append(records)


def test_records_go_together_and_none_is_lost() -> None:
    async def run() -> None:
        kept = Kept()
        waiting = Collecting(kept)
        for number in range(5):
            waiting.add(record(f"session{number}"))
        kept.failing = True
        with pytest.raises(OSError, match="full"):
            await waiting.flush()
        waiting.add(record("session5"))
        kept.failing = False
        await waiting.flush()
        await waiting.flush()
        (batch,) = kept.batches
        assert [each.session for each in batch] == [f"session{n}" for n in range(6)]

    asyncio.run(run())


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_WAITING", 10)

    async def run() -> None:
        waiting = Collecting(Kept())
        for number in range(10):
            waiting.add(record(f"session{number}"))
        with pytest.raises(TooManyRequests):
            waiting.add(record("one more"))

    asyncio.run(run())


def test_one_session_and_one_address_are_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "Buckets", partial(Buckets, clock_s=lambda: 0.0))

    async def run() -> None:
        waiting = Collecting(Kept())
        for _ in range(collecting.PER_SESSION_MINUTE):
            waiting.add(record())
        with pytest.raises(TooManyRequests):
            waiting.add(record())
        for _ in range(collecting.PER_MINUTE):
            waiting.admit("192.0.2.1")
        with pytest.raises(TooManyRequests):
            waiting.admit("192.0.2.1")
        waiting.admit("192.0.2.2")

    asyncio.run(run())


def test_requests_enrich_what_the_player_tells() -> None:
    async def run() -> None:
        kept = Kept()
        waiting = Collecting(kept)
        waiting.hear("a", "v", 'sid="session0",mtp=8000,ot=v,br=500,d=6000')
        waiting.hear("a", "v", 'sid="session0",mtp=9000,ot=v,br=800,d=6000,bs')
        waiting.hear("b", "v", 'sid="session0",mtp=1')
        waiting.add(record(watched_us=5_000_000))
        waiting.add(record(watched_us=9_000_000, throughput_bps=1, stalls=3))
        await waiting.flush()
        (first, second) = kept.batches[0]
        assert (first.throughput_bps, first.stalls, first.switches) == (9_000_000, 1, 1)
        assert (second.throughput_bps, second.stalls, second.watched_us) == (1, 3, 9_000_000), (
            "the player's word"
        )

    asyncio.run(run())


def test_players_that_only_say_it_in_requests_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        kept = Kept()
        waiting = Collecting(kept)
        waiting.hear("a", "v", 'sid="native-1",ot=m')
        waiting.hear("a", "v", 'sid="native-1",ot=v,br=500,d=6000,mtp=4000')
        waiting.hear("a", "v", 'sid="native-1",ot=a,br=96,d=6000')
        waiting.hear("a", "v", 'sid="native-1",ot=v,br=900,d=4000,bs')
        waiting.hear("a", "v", "br=900")
        await waiting.flush()
        assert kept.batches == []
        monkeypatch.setattr(collecting, "QUIET_S", 0.0)
        await waiting.flush()
        ((told,),) = kept.batches
        assert (told.session, told.player, told.watched_us) == ("native-1", "cmcd", 10_000_000)
        assert (told.stalls, told.switches, told.throughput_bps) == (1, 1, 4_000_000)
        assert told.rungs == (
            RungUse(rendition="500 kbit/s", watched_us=6_000_000),
            RungUse(rendition="900 kbit/s", watched_us=4_000_000),
        )

    asyncio.run(run())
