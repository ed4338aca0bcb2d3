"""Running planned tasks on the executor: what comes back as events, retries, and what is given up."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial

import msgspec

from codek7.core.errors import (
    Codek7Error,
    EncodeError,
    FramesDiffer,
    InitDiffers,
    Interrupted,
    PluginFailed,
)
from codek7.core.events import AttemptEnded, ChunkEncoded, Event, RungDropped, WorkProgressed
from codek7.core.pipeline.plan import SAMPLES, WorkPlan
from codek7.core.ports import Executor
from codek7.core.records import ChunkRecord, ScoreRecord
from codek7.core.tasks import Attempt, AudioTask, EncodeTask, MediaTask, Progress, Update

RETRIED = (EncodeError, PluginFailed)

Batch = tuple[Event, ...]


class _Try(msgspec.Struct, frozen=True, kw_only=True):
    """A task on its way: which try it is, and whether it is one rung of a failed task."""

    task: MediaTask
    number: int = 1
    alone: bool = False


Message = tuple[_Try, Update | BaseException | None]


class Encoding:
    """The encode stage of a job. `records` fill up as chunks are done; `dropped` are renditions given up.

    `surest` says that the plan rests on the surest frame times there are: a rung whose frames differ from it
    is then given up like any other that cannot be made. Otherwise `FramesDiffer` is raised at once.
    """

    def __init__(
        self,
        plan: WorkPlan,
        records: dict[str, ChunkRecord],
        *,
        asset_id: str,
        executor: Executor,
        tries: int,
        may_drop: bool,
        surest: bool,
    ) -> None:
        self.records = records
        self.dropped: dict[str, str] = {}
        self._plan = plan
        self._asset_id = asset_id
        self._executor = executor
        self._tries = tries
        self._may_drop = may_drop
        self._surest = surest
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._futures: set[Future[None]] = set()
        self._running = 0
        self._stopped = False
        self._names = plan.names()
        self._inits = {self._names[k]: r.init_sha256 for k, r in records.items() if k in self._names}

    def run(self, tasks: Iterator[MediaTask]) -> Iterator[Batch]:
        """Submit the tasks and yield what happens until all are done or given up.

        Raises the error of what can be neither done nor dropped, after what happened before it. Ended early,
        it ends its tasks.
        """
        try:
            for task in tasks:
                self._submit(_Try(task=task))
            while self._running:
                yield from self._batch()
        finally:
            self._stopped = True
            for future in tuple(self._futures):
                future.cancel()

    def _batch(self) -> Iterator[Batch]:
        """The events of all messages that are there: what came together is committed together."""
        events: list[Event] = []
        failure: Exception | None = None
        try:
            for message in self._next():
                for event in self._heard(*message):
                    events.append(event)
        except Exception as error:
            failure = error
        if events:
            yield tuple(events)
        if failure:
            raise failure

    def _submit(self, attempt: _Try) -> None:
        self._running += 1
        tell = partial(self._tell, attempt)
        cores = _cores(attempt.task, self._executor.cores)
        future = self._executor.submit(attempt.task, cores=cores, on_update=tell)
        self._futures.add(future)
        future.add_done_callback(partial(self._ended, attempt))

    def _tell(self, attempt: _Try, update: Update) -> None:
        """Called by workers; raising is how they learn that nobody waits for them any more."""
        if self._stopped:
            raise Interrupted("the job was stopped", hint="run the same command again: it resumes")
        self._messages.put((attempt, update))

    def _ended(self, attempt: _Try, future: Future[None]) -> None:
        self._futures.discard(future)
        failed = Interrupted("the task was cancelled") if future.cancelled() else future.exception()
        self._messages.put((attempt, failed))

    def _next(self) -> Iterator[Message]:
        """Whatever is there, at least one."""
        yield self._messages.get()
        while not self._messages.empty():
            yield self._messages.get()

    def _heard(self, attempt: _Try, what: Update | BaseException | None) -> Iterator[Event]:
        if isinstance(what, Progress):
            yield from self._progress(attempt.task, what)
        elif isinstance(what, Attempt):
            yield AttemptEnded(asset_id=self._asset_id, attempt=what)
        elif isinstance(what, ChunkRecord):
            yield from self._record(what)
        elif not isinstance(what, ScoreRecord):
            self._running -= 1
            if what is not None:
                yield from self._failed(attempt, what)

    def _record(self, record: ChunkRecord) -> Iterator[Event]:
        name = self._names[record.key]
        if record.init_sha256 and self._inits.setdefault(name, record.init_sha256) != record.init_sha256:
            raise InitDiffers(
                f"chunk {record.chunk} of {name} has another init section than the chunks before"
            )
        if record.key not in self.records:
            self.records[record.key] = record
            yield ChunkEncoded(asset_id=self._asset_id, rendition=name, record=record)

    def _progress(self, task: MediaTask, progress: Progress) -> Iterator[Event]:
        timeline = self._plan.timeline
        start = 0 if isinstance(task, AudioTask) else round(timeline.seconds(task.chunk.start) * 1_000_000)
        names = {self._names[key] for key in task.keys}
        for name in sorted(names - {SAMPLES} - self.dropped.keys()):
            yield WorkProgressed(
                asset_id=self._asset_id,
                rendition=name,
                done_us=min(timeline.duration_us, max(start, progress.done_us)),
                total_us=timeline.duration_us,
                speed=progress.speed,
            )

    def _failed(self, attempt: _Try, error: BaseException) -> Iterator[Event]:
        if not isinstance(error, RETRIED) or (isinstance(error, FramesDiffer) and not self._surest):
            raise error
        task = self._still_wanted(attempt.task)
        if task is None:
            return
        if task is not attempt.task:
            self._submit(_Try(task=task))
        elif attempt.number < self._tries and not attempt.alone and not isinstance(error, FramesDiffer):
            self._submit(msgspec.structs.replace(attempt, number=attempt.number + 1))
        elif isinstance(task, EncodeTask) and len(task.keys) > 1:
            for single in _singles(task):
                self._submit(_Try(task=single, alone=True))
        else:
            yield from self._give_up(task, error)

    def _still_wanted(self, task: MediaTask) -> MediaTask | None:
        """The task, or what is left of it without rungs that were given up meanwhile."""
        if isinstance(task, AudioTask):
            return task
        targets = tuple(each for each in task.targets if self._names[each.key] not in self.dropped)
        if len(targets) == len(task.targets):
            return task
        return msgspec.structs.replace(task, targets=targets) if targets or task.samples_key else None

    def _give_up(self, task: MediaTask, error: Exception) -> Iterator[Event]:
        name = self._names[task.keys[0]]
        kind = self._plan.audio if isinstance(task, AudioTask) else self._plan.video
        left = [plan for plan in kind if plan.name not in self.dropped and plan.name != name]
        if name == SAMPLES or not self._may_drop or not left:
            raise error
        self.dropped[name] = error.message if isinstance(error, Codek7Error) else str(error)
        yield RungDropped(asset_id=self._asset_id, rendition=name, reason=self.dropped[name])


def _cores(task: MediaTask, budget: int) -> int:
    """Encoders of one thread each keep about a core for every three of them busy, beside the decoder."""
    if isinstance(task, AudioTask):
        return 0
    return max(1, min(budget, -(-len(task.targets) // 3)))


def _singles(task: EncodeTask) -> Iterator[EncodeTask]:
    """A task for each of a task's rungs, and one for its sample pictures."""
    for target in task.targets:
        yield msgspec.structs.replace(task, targets=(target,), samples_key="")
    if task.samples_key:
        yield msgspec.structs.replace(task, targets=())
