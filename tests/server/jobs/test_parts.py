"""Whose turn it is, how far a job is, and what listeners hear: each by itself."""

from __future__ import annotations

import asyncio
import threading

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.events import (
    AnyEvent,
    AssetPublished,
    ChunkEncoded,
    JobReleased,
    LadderPlanned,
    Told,
    WorkProgressed,
)
from codek7.core.jobs import Job
from codek7.testing.story import Story
from codek7_server.jobs.bus import MAX_WAITING, Bus
from codek7_server.jobs.progress import Course
from codek7_server.jobs.queue import Queue


def waiting(name: str, owner: str = "", priority: int = 0, source: str = "") -> Job:
    """A job whose name says when it was queued."""
    return Job(
        id=name, asset_id=f"asset-{name}", state="queued", owner=owner, priority=priority,
        queued_us=int(name[1:]), source_sha256=source or name,
    )  # fmt: skip


def order(*jobs: Job) -> list[str]:
    """In which they are taken, one after another."""
    queue = Queue()
    taken: list[str] = []
    for job in jobs:
        queue.add(job)
    while next_one := queue.take([], now=float(len(taken) + 1)):
        taken.append(next_one.id)
    return taken


def test_priority_comes_first_then_who_had_none_then_who_came_first() -> None:
    jobs = [waiting(f"j{n}", "ann") for n in (1, 2, 3)]
    jobs += [waiting("j4", "bob"), waiting("j5", "bob"), waiting("j6", "cyd", priority=1)]
    assert order(*jobs) == ["j6", "j1", "j4", "j2", "j5", "j3"]


def test_who_has_less_running_goes_first() -> None:
    queue = Queue()
    for job in (waiting("j3", "ann"), waiting("j4", "bob")):
        queue.add(job)
    taken = queue.take([waiting("j1", "ann")], now=1.0)
    assert taken is not None
    assert taken.owner == "bob"


def test_a_source_is_worked_on_once_at_a_time() -> None:
    queue = Queue()
    queue.add(waiting("j2", source="same"))
    assert queue.take([waiting("j1", source="same")], now=1.0) is None
    queue.add(waiting("j3", source="other"))
    other = queue.take([waiting("j1", source="same")], now=1.0)
    assert other is not None
    assert other.id == "j3"
    assert queue.take([], now=1.0) is not None


def test_what_is_put_off_waits_so_long() -> None:
    queue = Queue()
    queue.add(waiting("j1"), not_before=10.0)
    assert queue.take([], now=9.0) is None
    assert queue.wait_s(9.0) == 1.0
    assert queue.take([], now=10.0) is not None
    assert queue.wait_s(10.0) is None


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1)), max_size=12),
    st.integers(1, 3),
)
def test_everyone_gets_a_turn(jobs: list[tuple[str, int]], at_once: int) -> None:
    queue = Queue()
    for number, (owner, priority) in enumerate(jobs, 1):
        queue.add(waiting(f"j{number}", owner, priority))
    running: list[Job] = []
    done: list[str] = []
    now = 0.0
    while len(queue) or running:
        now += 1
        while len(running) < at_once and (job := queue.take(running, now)):
            running.append(job)
        done.append(running.pop(0).id)
    assert sorted(done) == sorted(f"j{number}" for number in range(1, len(jobs) + 1))


def moments(story: Story) -> list[AnyEvent]:
    """A job's events, with places on the timeline between them."""
    told: list[AnyEvent] = []
    for batch in story.whole():
        for event in batch:
            if isinstance(event, ChunkEncoded):
                total = story.duration_us
                told += [
                    WorkProgressed(
                        asset_id=story.asset_id, rendition=event.rendition, total_us=total,
                        done_us=total * (2 * event.record.chunk + part) // (2 * story.chunks),
                    )
                    for part in (0, 1, 2)
                ]  # fmt: skip
            told.append(event)  # type: ignore[arg-type]  # all are of AnyEvent
    return told


@given(st.integers(1, 5), st.randoms())
def test_progress_never_falls_and_is_one_only_when_it_plays(chunks: int, chance: object) -> None:
    course = Course("asset")
    story = Story(chunks=chunks)
    seen = [0.0]
    for event in [*moments(story), *moments(story)]:
        course.hear(event)
        seen.append(course.progress)
        assert course.progress < 1 or isinstance(event, AssetPublished) or 1.0 in seen[:-1]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert chance


def test_progress_is_that_of_the_objects() -> None:
    (planned,) = (event for event in Story(chunks=4).planned() if isinstance(event, LadderPlanned))
    planned = msgspec.structs.replace(planned, objects=8, reused=0)
    course = Course("asset")
    course.hear(planned)
    assert course.progress == 0
    within = WorkProgressed(asset_id="asset", rendition="video-0", done_us=3, total_us=8)
    course.hear(within)
    assert course.progress == 0.95 * 0.5 / 8, "half of the second of four chunks"
    course.hear(msgspec.structs.replace(within, done_us=2))
    assert course.progress == 0.95 * 0.5 / 8
    resumed = Course("asset")
    resumed.hear(msgspec.structs.replace(planned, reused=4))
    assert resumed.progress == 0.475
    resumed.hear(JobReleased(asset_id="asset", reason="x"))
    assert resumed.progress == 0.475


def news(*numbers: int) -> list[Told]:
    """Events by number."""
    return [
        Told(id=n, at_us=n, job_id="job", event=JobReleased(asset_id="asset", reason=str(n))) for n in numbers
    ]


def test_listeners_hear_everything_in_order_from_when_they_listen() -> None:
    async def story() -> tuple[list[int], list[int]]:
        bus = Bus()
        bus.tell(news(1))
        with bus.listen() as early:
            bus.tell(news(2))
            with bus.listen() as late:
                thread = threading.Thread(target=lambda: list(map(bus.tell, map(news, range(3, 50)))))
                thread.start()
                thread.join()
                heard = [[told.id for told in [await each.next(60) for _ in range(count)] if told]
                         for each, count in ((early, 48), (late, 47))]  # fmt: skip
                assert await late.next(0.01) is None
        bus.tell(news(50))
        assert await early.next(0.01) is None
        return heard[0], heard[1]

    early, late = asyncio.run(story())
    assert early == list(range(2, 50))
    assert late == list(range(3, 50))


def test_who_is_too_slow_is_told_to_catch_up() -> None:
    async def story() -> None:
        bus = Bus()
        with bus.listen() as slow, bus.listen() as other:
            bus.tell(news(*range(MAX_WAITING + 1)))
            bus.tell(news(1))
            assert [told async for told in slow] == []
            assert slow.lagged
            assert other.lagged

    asyncio.run(story())


def test_closing_ends_who_listens() -> None:
    async def story() -> None:
        bus = Bus()
        with bus.listen() as listener:
            asyncio.get_running_loop().call_later(0.05, bus.close)
            assert [told async for told in listener] == []
            assert not listener.lagged
        with bus.listen() as later:
            assert later.ended

    asyncio.run(story())
