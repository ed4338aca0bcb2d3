"""Retries and what is given up, whatever fails how often: everything that can be made is made, once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codek7.core.errors import DiskFull, EncodeError, EncodeFailed, FramesDiffer
from codek7.core.events import AttemptEnded, ChunkEncoded, Event, RungDropped
from codek7.core.frame_times import FrameTimes
from codek7.core.ladder import Ladder, Rung
from codek7.core.media import Limits, Probed, Source
from codek7.core.pipeline.encode import Encoding
from codek7.core.pipeline.plan import SAMPLES, WorkPlan, plan_work, tasks_for
from codek7.core.records import ChunkRecord, Work
from codek7.core.tasks import Attempt, Task, Update
from codek7.hub import Hub
from codek7.testing.facts import media, sound, video

TRIES = 3
SECONDS = 14
ALWAYS = 1_000


def plan() -> WorkPlan:
    """Three rungs and a sound in four chunks."""
    rungs = tuple(Rung(width=w, height=w // 2, crf=23, ceiling_bps=w * 1000) for w in (160, 320, 640))
    ladder = Ladder(rungs=rungs, segment_us=1_000_000, idr_us=1_000_000)
    track = video(frames=24 * SECONDS, duration_us=SECONDS * 1_000_000)
    times = FrameTimes.of(range(0, 24 * SECONDS * 512, 512))
    return plan_work(
        Source(uri="/film.mp4", sha256="0" * 64, size_bytes=1),
        Probed(info=media(track, sound(duration_us=SECONDS * 1_000_000)), frame_times=times),
        ladder,
        tools="tool@1",
        limits=Limits(),
        filters=lambda rung, track: (),
    )


PLAN = plan()
NAMES = PLAN.names()
VIDEO = [each.name for each in PLAN.video]
CHUNKS = len(PLAN.timeline.chunks)


def record(key: str) -> ChunkRecord:
    kind = "samples" if NAMES[key] == SAMPLES else "video" if NAMES[key] in VIDEO else "audio"
    return ChunkRecord(key=key, kind=kind, chunk=0, size_bytes=1, work=Work(tool="tool@1"))  # type: ignore[arg-type]  # one of the three


class Works:
    """Does tasks as told: each key fails so many times, taking along all that is made with it."""

    def __init__(self, failures: dict[str, int], error: type[EncodeError] = EncodeFailed) -> None:
        self.failures = Counter(failures)
        self.error = error
        self.attempts: list[Attempt] = []
        self._lock = threading.Lock()

    def __call__(self, task: Task, tell: Callable[[Update], None], cancelled: Callable[[], bool]) -> None:
        with self._lock:
            failing = [key for key in task.keys if self.failures[key] > 0]
            self.failures.subtract(failing[:1])
            attempt = Attempt(
                keys=task.keys,
                tool="tool@1",
                command="",
                outcome="failed" if failing else "done",
                started_us=len(self.attempts),
                wall_us=0,
                cpu_us=0,
            )
            self.attempts.append(attempt)
        if failing:
            tell(attempt)
            raise self.error(NAMES[failing[0]])
        for key in task.keys:
            tell(record(key))
        tell(attempt)


class Ended(NamedTuple):
    """What happened, what was given up, and the error, where there was one."""

    events: list[Event]
    dropped: set[str]
    error: EncodeError | None

    def keys(self) -> Counter[str]:
        """How often each chunk was told as encoded."""
        return Counter(event.record.key for event in self.events if isinstance(event, ChunkEncoded))

    def attempts(self) -> list[Attempt]:
        """Those that were told."""
        return [event.attempt for event in self.events if isinstance(event, AttemptEnded)]


def encode(works: Works, *, may_drop: bool = True, surest: bool = False) -> Ended:
    """Everything of the plan, on the built-in executor."""
    error: EncodeError | None = None
    events: list[Event] = []
    with Hub.open("/nowhere", flags={"cores": 2}, environ={}) as hub:
        executor = hub.hooks.make_executor(hub.settings, works)
        encoding = Encoding(
            PLAN, {}, asset_id="a", executor=executor, tries=TRIES, may_drop=may_drop, surest=surest
        )
        try:
            for batch in encoding.run(tasks_for(PLAN, (), 10**12)):
                assert batch
                events.extend(batch)
        except EncodeError as raised:
            error = raised
        finally:
            executor.shutdown(cancel=True)
    said = {event.rendition for event in events if isinstance(event, RungDropped)}
    assert said == set(encoding.dropped)
    assert len(said) == sum(isinstance(event, RungDropped) for event in events), "each is said once"
    return Ended(events, said, error)


failures = st.dictionaries(st.sampled_from(sorted(NAMES)), st.integers(1, TRIES - 1), max_size=4)
bad_rungs = st.sets(st.sampled_from(VIDEO), max_size=len(VIDEO) - 1)


@settings(max_examples=40)
@given(passing=failures, bad=bad_rungs)
def test_all_but_what_never_works_is_made_once(passing: dict[str, int], bad: set[str]) -> None:
    """However rungs that never work, and chunks that fail now and then, come together."""
    never = {key: ALWAYS for key, name in NAMES.items() if name in bad}
    works = Works({**passing, **never})
    ended = encode(works)
    wanted = {key for key, name in NAMES.items() if name not in bad}
    if ended.error is None:
        assert ended.dropped >= bad
        made = {key for key, name in NAMES.items() if name not in ended.dropped}
        assert ended.keys() >= Counter(made)
    assert max(ended.keys().values(), default=1) == 1, "nothing is made twice"
    assert ended.keys().keys() <= wanted
    done = Counter(key for each in ended.attempts() if each.outcome == "done" for key in each.keys)
    assert max(done.values(), default=1) == 1
    # What is left of a task when one of its rungs was given up meanwhile has tries of its own.
    most = (CHUNKS * len(VIDEO) + 1) * TRIES + CHUNKS * (len(VIDEO) + 1)
    assert len(works.attempts) <= most + sum(passing.values()), "retries are bounded"


@pytest.mark.parametrize("rung", VIDEO)
def test_a_rung_that_never_works_is_given_up_and_the_others_are_made(rung: str) -> None:
    works = Works({key: ALWAYS for key, name in NAMES.items() if name == rung})
    ended = encode(works)
    assert (ended.error, ended.dropped) == (None, {rung})
    assert ended.keys() == Counter(key for key, name in NAMES.items() if name != rung)
    assert len(ended.attempts()) == len(works.attempts)


@pytest.mark.parametrize("name", [*VIDEO, "audio-0", SAMPLES])
def test_without_leave_to_drop_it_fails_and_every_attempt_was_told(name: str) -> None:
    works = Works({key: ALWAYS for key, each in NAMES.items() if each == name})
    ended = encode(works, may_drop=False)
    assert str(ended.error) == name
    assert ended.dropped == set()
    failed = [each for each in ended.attempts() if each.outcome == "failed"]
    assert len(failed) >= TRIES
    assert failed[-1].keys
    assert {NAMES[key] for each in failed for key in each.keys} >= {name}


def test_the_last_rung_is_not_given_up() -> None:
    works = Works({key: ALWAYS for key, name in NAMES.items() if name in VIDEO})
    ended = encode(works)
    assert str(ended.error) in VIDEO
    assert len(ended.dropped) == len(VIDEO) - 1


def test_what_fails_often_but_not_always_is_made() -> None:
    works = Works(dict.fromkeys((PLAN.video[0].keys[1], PLAN.audio[0].keys[0], PLAN.samples[2]), TRIES - 1))
    ended = encode(works)
    assert (ended.error, ended.dropped) == (None, set())
    assert ended.keys() == Counter(NAMES.keys())


def test_frames_that_differ_ask_for_a_surer_plan_first() -> None:
    bad = {key: ALWAYS for key, name in NAMES.items() if name == VIDEO[1]}
    ended = encode(Works(bad, FramesDiffer))
    assert isinstance(ended.error, FramesDiffer)
    assert ended.dropped == set()
    ended = encode(Works(bad, FramesDiffer), surest=True)
    assert (ended.error, ended.dropped) == (None, {VIDEO[1]})


def test_a_full_disk_ends_it_without_another_try() -> None:
    tried: list[Task] = []

    class Full(Works):
        def __call__(self, task: Task, tell: Callable[[Update], None], cancelled: Callable[[], bool]) -> None:
            tried.append(task)
            raise DiskFull("no space")

    with pytest.raises(DiskFull):
        encode(Full({}))
    assert max(Counter(task.keys for task in tried).values()) == 1
