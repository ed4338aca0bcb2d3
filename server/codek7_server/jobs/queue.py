"""Whose turn it is: among jobs that wait, by priority, then fair between owners, then first come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from codek7.core.jobs import Job


class Queue:
    """Jobs that wait. Times are those of a clock that only goes forward, in seconds."""

    def __init__(self) -> None:
        self._waiting: dict[str, Job] = {}
        self._not_before: dict[str, float] = {}
        self._served: dict[str, float] = {}

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, job: Job, not_before: float = 0.0) -> None:
        """It waits from now on, and at least until then."""
        self._waiting[job.id] = job
        self._not_before[job.id] = not_before

    def remove(self, job_id: str) -> Job | None:
        """It waits no more."""
        self._not_before.pop(job_id, None)
        return self._waiting.pop(job_id, None)

    def of_asset(self, asset_id: str) -> list[Job]:
        """The jobs of an asset that wait."""
        return [job for job in self._waiting.values() if job.asset_id == asset_id]

    def take(self, running: Iterable[Job], now: float) -> Job | None:
        """The next job that may start beside those that run. One source is worked on once at a time: what
        one job makes of it, the other need not make again."""
        running = list(running)
        busy = {job.source_sha256 for job in running}
        share = Counter(job.owner for job in running)
        able = [
            job
            for job in self._waiting.values()
            if self._not_before[job.id] <= now and job.source_sha256 not in busy
        ]
        if not able:
            return None
        job = min(
            able,
            key=lambda job: (
                -job.priority, share[job.owner], self._served.get(job.owner, 0.0), job.queued_us, job.id
            ),
        )  # fmt: skip
        self._served[job.owner] = now
        self.remove(job.id)
        return job

    def wait_s(self, now: float) -> float | None:
        """How long until a job that is put off may start; None where none is."""
        return min((at - now for at in self._not_before.values() if at > now), default=None)
