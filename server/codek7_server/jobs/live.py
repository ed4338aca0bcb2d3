"""The jobs of a running server: what other parts ask for, and what is told of them."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from codek7.catalog.service import alone, serving
from codek7.core.assets import Asset, Visibility, new_id
from codek7.core.errors import AssetNotFound, Codek7Error, StateConflict
from codek7.core.events import (
    AssetHeld,
    AssetPublished,
    AssetRefused,
    AssetRemoved,
    JobCancelled,
    JobFailed,
    JobProgressed,
    Told,
)
from codek7.core.jobs import Job
from codek7.core.ladder import Ladder
from codek7.core.scratch import sweep_scratch
from codek7.hub import Hub
from codek7_server.jobs import ledger
from codek7_server.jobs.bus import Bus
from codek7_server.jobs.intake import sources_of, sweep_sources, take_in
from codek7_server.jobs.order import end_left_workers
from codek7_server.jobs.progress import Courses
from codek7_server.jobs.scheduler import Scheduler

TELL_S = 0.5
_ENDINGS = (AssetHeld, AssetPublished, AssetRefused, JobCancelled, JobFailed)
log = logging.getLogger("codek7.server.jobs")


class Jobs:
    """See the methods. All but `progress_of`, `preview_of` and `held` belong to the server's event loop."""

    def __init__(self, hub: Hub, bus: Bus) -> None:
        self._hub, self._bus = hub, bus
        self._courses = Courses()
        self._scheduler: Scheduler | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def take_in(
        self,
        path: Path,
        *,
        filename: str,
        title: str,
        visibility: Visibility,
        owner: str,
        sha256: str,
        size_bytes: int,
        policy: str = "",
        metadata: Mapping[str, str] = {},
        asset_id: str = "",
    ) -> Asset:
        """Make an asset of a whole file, which is moved away, and queue its job. With an `asset_id` that
        there is already, nothing is done twice. `metadata`: description, category, language, tags (with
        commas between); the rest becomes custom. Raises `UsageError`, `PolicyUnknown`, `DiskFull`."""
        job_id = new_id()

        def work() -> Asset:
            return take_in(
                self._hub, path, filename=filename, title=title, visibility=visibility, owner=owner,
                sha256=sha256, size_bytes=size_bytes, policy=policy, metadata=metadata, asset_id=asset_id,
                job_id=job_id,
            )  # fmt: skip

        asset = await asyncio.to_thread(work)
        for job in await asyncio.to_thread(self._hub.catalog.jobs, asset_id=asset.id, states=ledger.QUEUED):
            self._add(job)
        return asset

    async def republish(
        self, asset_id: str, *, ladder: Ladder | None = None, policy: str = "", owner: str = ""
    ) -> Job:
        """Queue a job that presents an asset anew. Raises `AssetNotFound`, `PolicyUnknown`, `StateConflict`
        (one waits already)."""
        job = await asyncio.to_thread(ledger.republish, self._hub, asset_id, ladder, policy, owner)
        return self._add(job)

    async def redo(self, asset_id: str, rendition: str, *, owner: str = "") -> Job:
        """Queue a job that encodes one rendition of what is published again; the rest is used as it is.
        Raises `AssetNotFound`, `ObjectNotFound`, `StateConflict`."""
        return self._add(await asyncio.to_thread(ledger.redo, self._hub, asset_id, rendition, owner))

    async def cancel(self, job_id: str, *, by: str = "") -> Job:
        """End a job for good, its worker too. Raises `JobNotFound`, `StateConflict`."""
        scheduler = self._scheduler
        ours = scheduler is not None and scheduler.has(job_id)
        if scheduler is not None and ours:
            scheduler.drop(job_id)  # first, so that it cannot be published in the very moment
        try:
            return await asyncio.to_thread(ledger.cancel, self._hub, job_id, by)
        except StateConflict:
            raise
        except Codek7Error:  # the ledger cannot be written: it is as it was
            if ours:
                self._add(await asyncio.to_thread(self._hub.catalog.job, job_id))
            raise

    async def requeue(self, job_id: str, *, by: str) -> Job:
        """Try a job again that ended without a presentation. Raises `JobNotFound`, `StateConflict`."""
        return self._add(await asyncio.to_thread(ledger.requeue, self._hub, job_id, by))

    def progress_of(self, asset_id: str) -> float:
        """From 0 to 1, which it is only when the asset plays; it never falls. Of assets that no job is
        making, the catalog is asked."""
        found = self._courses.of_asset(asset_id)
        if found is not None and found < 1:
            return found
        with suppress(AssetNotFound):
            return 1.0 if self._hub.catalog.asset(asset_id).version else found or 0.0
        return 0.0

    def progress(self, job: Job) -> float:
        """How far a job is."""
        if job.state == "published":
            return 1.0
        return max(job.progress, self._courses.of(job.id) or 0.0)

    def preview_of(self, asset_id: str) -> str:
        """The key of the playlist of what can be watched while the rest encodes; empty where nothing can."""
        return self._courses.preview_of(asset_id)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Within the block, this process has the home: it alone serves it, its catalog is kept open, and
        commands reach that through the socket. Raises `CatalogBusy`."""
        home = self._hub.home
        with alone(home):
            end_left_workers(home)
            with self._hub.catalog.hold(self._heard), serving(home, self._hub.catalog, self._admit):
                try:
                    yield
                finally:
                    sweep_scratch(home / "scratch")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Within the block, jobs are worked on."""
        self._loop = asyncio.get_running_loop()
        self._scheduler = scheduler = Scheduler(self._hub, self._courses)
        await asyncio.to_thread(sweep_sources, self._hub)
        for job in await asyncio.to_thread(ledger.recover, self._hub):
            scheduler.add(job)
        tasks = [asyncio.create_task(scheduler.run()), asyncio.create_task(self._tell_progress())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await scheduler.stop()

    def _add(self, job: Job) -> Job:
        if self._scheduler is not None and not self._scheduler.has(job.id):
            self._scheduler.add(job)
        return job

    def _admit(self, process: int, job_id: str) -> None:
        """A server that is just starting has no workers yet; the ledger knows which jobs are its own."""
        scheduler = self._scheduler
        if scheduler is not None:
            scheduler.admit(process, job_id)

    def _heard(self, news: Sequence[Told]) -> None:
        """Called by whoever commits, in the order of commits."""
        more: list[Told] = []
        for told in news:
            event = told.event
            progress = self._courses.hear(told.job_id, event)
            if isinstance(event, AssetPublished):
                done = JobProgressed(asset_id=event.asset_id, progress=progress)
                more.append(Told(at_us=told.at_us, job_id=told.job_id, event=done))
            if isinstance(event, _ENDINGS):
                self._courses.forget(told.job_id)
            if isinstance(event, AssetRemoved) and self._loop is not None:
                with suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._removed, event.asset_id)
        self._bus.tell([*news, *more])

    def _removed(self, asset_id: str) -> None:
        if self._scheduler is not None:
            self._scheduler.drop_asset(asset_id)
        folder = sources_of(self._hub.home, asset_id)
        asyncio.get_running_loop().run_in_executor(None, lambda: shutil.rmtree(folder, ignore_errors=True))

    async def _tell_progress(self) -> None:
        """What has changed: into the ledger first, then to listeners."""
        while True:
            await asyncio.sleep(TELL_S)
            news = self._courses.news()
            if not news:
                continue
            try:
                await asyncio.to_thread(self._hub.catalog.note_progress, news)
            except Codek7Error as error:
                log.warning("progress could not be noted: %s", error)
                continue
            at_us = time.time_ns() // 1000
            self._bus.tell([
                Told(at_us=at_us, job_id=job_id, event=JobProgressed(asset_id=asset, progress=news[job_id]))
                for job_id, asset in self._courses.show(news).items()
            ])  # fmt: skip
