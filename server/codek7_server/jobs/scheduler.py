"""Starts workers for jobs that wait, and settles what became of them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from codek7.core.errors import AssetNotFound, Codek7Error, JobNotFound, StateConflict, WorkerLost
from codek7.core.events import Event, JobFailed, JobReleased, JobStarted, WorkerDied, WorkProgressed
from codek7.core.jobs import Job, JobRequest
from codek7.ffmpeg.machine import memory_bytes, usable_cores
from codek7.hub import Hub
from codek7_server.jobs import ledger
from codek7_server.jobs.order import Order
from codek7_server.jobs.process import Exit, Worker
from codek7_server.jobs.progress import Courses
from codek7_server.jobs.queue import Queue

TRANSIENT = frozenset({"store", "store-unavailable", "disk-full", "catalog-busy", "catalog-lost"})
"""Failures that pass by themselves: such jobs are tried again, later and later."""
TRANSIENT_TRIES = 10
_DIED_S, _FAILED_S, _LONGEST_S, _GROWTH = 0.2, 5.0, 300.0, 3
log = logging.getLogger("codek7.server.jobs")


class Scheduler:
    """The jobs of a home that wait or run. But for `admit`, all of it belongs to one event loop."""

    def __init__(self, hub: Hub, courses: Courses) -> None:
        self.queue = Queue()
        self._hub, self._courses = hub, courses
        self._taken: dict[str, Job] = {}
        """Jobs that have a worker, or are getting one. What is dropped is not among them any more."""
        self._workers: dict[str, Worker] = {}
        self._stopping = False
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def admit(self, process: int, job_id: str) -> None:
        """Refuses the events of a job from any process but the worker that has it: of those it was taken
        from, one may still live. Called from any thread. Raises `StateConflict`."""
        worker = self._workers.get(job_id)
        if not job_id or (worker is not None and worker.pid == process):
            return  # what is of no job: somebody's edit or decision
        try:
            ours = bool(self._hub.catalog.job(job_id).queued_us)
        except JobNotFound:
            ours = False
        if ours:
            raise StateConflict(f"job {job_id} is not this process's", hint="it was cancelled, or given away")

    def has(self, job_id: str) -> bool:
        """Whether it waits or runs here."""
        return job_id in self.queue or job_id in self._taken

    def add(self, job: Job, wait_s: float = 0.0) -> None:
        """A job of the ledger waits for its turn."""
        if self._stopping:  # the next server finds it
            return
        self._courses.expect(job.id, job.asset_id, job.progress)
        self.queue.add(job, time.monotonic() + wait_s if wait_s else 0.0)
        self._woken.set()

    def drop(self, job_id: str) -> None:
        """The job is wanted no more: its worker is refused from now on, and ended."""
        self.queue.remove(job_id)
        self._taken.pop(job_id, None)
        self._courses.forget(job_id)
        worker = self._workers.pop(job_id, None)
        if worker is not None:
            self._spawn(worker.end())

    def drop_asset(self, asset_id: str) -> None:
        """The asset is gone."""
        taken = [job for job in self._taken.values() if job.asset_id == asset_id]
        for job in [*taken, *self.queue.of_asset(asset_id)]:
            self.drop(job.id)

    async def run(self) -> None:
        """Until it is cancelled: whenever there is room, the next job gets a worker."""
        at_once = max(1, self._hub.settings.server.jobs)
        while True:
            self._woken.clear()
            now = time.monotonic()
            while len(self._taken) < at_once and (job := self.queue.take(self._taken.values(), now)):
                self._taken[job.id] = job
                self._spawn(self._attend(job))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self.queue.wait_s(now))

    async def stop(self) -> None:
        """End all workers; their jobs wait again, for the next server."""
        self._stopping = True
        await asyncio.gather(*(worker.end() for worker in self._workers.values()))
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _attend(self, job: Job) -> None:
        """A job's time with one worker."""
        try:
            again_s: float | None = await self._work(job)
        except (AssetNotFound, JobNotFound):  # removed meanwhile
            again_s = None
        except Exception:  # the ledger cannot be written: it is tried again when it can be
            log.exception("job %s could not be settled", job.id)
            again_s = _FAILED_S
        finally:
            mine = self._taken.get(job.id) is job  # else it was dropped; by now another may have it
            if mine:
                del self._taken[job.id]
                self._workers.pop(job.id, None)
            self._woken.set()
        if not mine:
            return
        self._courses.forget(job.id)
        try:
            now = await asyncio.to_thread(self._hub.catalog.job, job.id)
        except JobNotFound:
            return
        except Codek7Error:  # the ledger cannot be read: what is known of it has to do
            now = job
        # What is over may have been requeued while its worker was ending.
        if (again_s is not None or now.state in ledger.QUEUED) and not self.has(job.id):
            self.add(now, again_s or 0.0)

    async def _work(self, job: Job) -> float | None:
        """In how many seconds it is to be tried again; None where it is over, or dropped."""
        if self._stopping:
            return None
        worker = await Worker.start()
        try:
            if self._taken.get(job.id) is not job:
                return None
            self._workers[job.id] = worker
            await self._tell(job, JobStarted(asset_id=job.asset_id, number=job.tries + 1))
            gone = await worker.run(self._order(job), lambda event: self._hear(job, event))
        finally:
            worker.kill()
        if self._taken.get(job.id) is not job:
            return None
        return await self._settle(job.id, gone)

    async def _settle(self, job_id: str, gone: Exit) -> float | None:
        """What the ledger says after a worker has ended, completed where the worker could not."""
        job = await asyncio.to_thread(self._hub.catalog.job, job_id)
        if job.state == "failed" and job.error_code in TRANSIENT and job.tries < TRANSIENT_TRIES:
            await asyncio.to_thread(ledger.requeue, self._hub, job.id, "")
            return _pause_s(_FAILED_S, job.tries)
        if job.state in ledger.QUEUED:  # requeued while its worker was ending, which is not to blame
            return 0.0
        if job.state not in ("working", "interrupted"):
            return None
        if self._stopping:
            await self._tell(job, JobReleased(asset_id=job.asset_id, reason="the server ended"))
            return None
        log.warning("job %s: %s\n%s", job.id, gone.reason, gone.tail)
        died = WorkerDied(asset_id=job.asset_id, number=job.tries + 1, reason=gone.reason, tail=gone.tail)
        if job.tries + 1 < self._hub.settings.tries:
            await self._tell(job, died)
            return _pause_s(_DIED_S, job.tries)
        failed = JobFailed(
            asset_id=job.asset_id,
            code=WorkerLost.code,
            message=f"{job.tries + 1} workers died at it; the last: {gone.reason}",
            hint="requeue the job to try again",
        )
        await self._tell(job, died, failed)
        return None

    async def _tell(self, job: Job, *events: Event) -> None:
        await asyncio.to_thread(self._hub.catalog.apply, job.id, events)

    def _hear(self, job: Job, event: WorkProgressed) -> None:
        if self._taken.get(job.id) is job:
            self._courses.hear(job.id, event)

    def _order(self, job: Job) -> Order:
        settings = self._hub.settings
        at_once = max(1, settings.server.jobs)
        memory = settings.memory_mb or memory_bytes() // ((settings.cores or usable_cores()) + 2) // 1_000_000
        return Order(
            home=str(self._hub.home),
            home_named=self._hub.home_named,
            job_id=job.id,
            asset_id=job.asset_id,
            queued_us=job.queued_us,
            request=job.request or JobRequest(policy=job.policy),
            flags={"memory_mb": max(1, memory // at_once)},
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _pause_s(first_s: float, tries: int) -> float:
    """Longer each time."""
    pause_s: float = first_s * _GROWTH**tries
    return min(_LONGEST_S, pause_s)
