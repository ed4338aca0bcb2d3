"""How far jobs are, from what is told of them: objects done, of the objects planned."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from codek7.core.events import (
    AssetCreated,
    AssetHeld,
    AssetPublished,
    AssetRefused,
    ChunkEncoded,
    ChunkReused,
    Event,
    JobCancelled,
    JobFailed,
    JobReleased,
    JobRequeued,
    LadderPlanned,
    PresentationChecked,
    PresentationPackaged,
    PreviewPublished,
    RungDropped,
    VerdictGiven,
    WorkerDied,
    WorkProgressed,
)

_ENCODED, _JUDGED, _PACKAGED, _CHECKED = 0.95, 0.96, 0.97, 0.99
_OVER = (
    AssetHeld,
    AssetPublished,
    AssetRefused,
    JobCancelled,
    JobFailed,
    JobReleased,
    JobRequeued,
    WorkerDied,
)


class Course:
    """One job's way. `progress` never falls, and is 1 only when its asset plays; `shown` is what was noted of
    it, so that whoever has seen it sees no less after a crash."""

    def __init__(self, asset_id: str, progress: float = 0.0) -> None:
        self.asset_id = asset_id
        self.progress = self.shown = progress
        self.preview = ""
        self._objects = 0
        self._chunks = 1
        self._before = 0
        self._done: set[tuple[str, int]] = set()
        self._begun: dict[tuple[str, int], float] = {}
        self._dropped: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take an event of the job in."""
        match event:
            case AssetCreated():  # the beginning of a try: what is there is counted when it is planned
                self.preview = ""
                self._objects = 0
                self._done.clear()
                self._begun.clear()
            case LadderPlanned():
                self._objects, self._chunks, self._before = event.objects, event.chunks, event.reused
                self._done.clear()
                self._reach(self._encoded())
            case ChunkEncoded():
                self._done.add((event.rendition, event.record.chunk))
                self._reach(self._encoded())
            case ChunkReused():  # among those that were there
                pass
            case WorkProgressed():
                self._begin(event)
            case RungDropped():
                self._dropped.add(event.rendition)
            case PreviewPublished():
                self.preview = event.playlist
            case VerdictGiven():
                self._reach(_JUDGED)
            case PresentationPackaged():
                self._reach(_PACKAGED)
            case PresentationChecked():
                self._reach(_CHECKED)
            case AssetPublished():
                self._reach(1.0)
        if isinstance(event, _OVER):
            self.preview = ""

    def _begin(self, event: WorkProgressed) -> None:
        """A place on the timeline is a part of the chunk that is there."""
        place = event.done_us * self._chunks / max(1, event.total_us)
        chunk = min(self._chunks - 1, int(place))
        key = event.rendition, chunk
        self._begun[key] = max(self._begun.get(key, 0.0), min(place - chunk, 0.99))
        self._reach(self._encoded())

    def _encoded(self) -> float:
        if not self._objects:
            return 0.0
        lost = len(self._dropped) * self._chunks
        wanted = max(1, self._objects - lost, self._before + len(self._done))
        parts = sum(
            part for key, part in self._begun.items() if key not in self._done and key[0] not in self._dropped
        )
        return _ENCODED * min(1.0, (self._before + len(self._done) + parts) / wanted)

    def _reach(self, progress: float) -> None:
        self.progress = max(self.progress, progress)


class Courses:
    """Of all jobs that are waiting or under way, those that commands run too. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, Course] = {}

    def expect(self, job_id: str, asset_id: str, progress: float) -> None:
        """A job that is in the ledger."""
        with self._lock:
            self._of.setdefault(job_id, Course(asset_id, progress))

    def hear(self, job_id: str, event: Event) -> float:
        """The job's progress after an event of it."""
        with self._lock:
            course = self._of.get(job_id)
            if course is None:
                if not isinstance(event, AssetCreated):
                    return 0.0
                course = self._of[job_id] = Course(event.asset_id)
            course.hear(event)
            return course.progress

    def forget(self, job_id: str) -> None:
        """It is over."""
        with self._lock:
            self._of.pop(job_id, None)

    def of(self, job_id: str) -> float | None:
        """A job's progress, where it is waiting or under way."""
        with self._lock:
            course = self._of.get(job_id)
            return course.shown if course else None

    def news(self) -> dict[str, float]:
        """Jobs that are further than was noted, and how far."""
        with self._lock:
            return {job_id: each.progress for job_id, each in self._of.items() if each.progress > each.shown}

    def show(self, noted: Mapping[str, float]) -> dict[str, str]:
        """It was noted, and may be shown. The asset of each of these jobs that is not over."""
        with self._lock:
            found = {job_id: self._of[job_id] for job_id in noted if job_id in self._of}
            for job_id, course in found.items():
                course.shown = noted[job_id]
            return {job_id: course.asset_id for job_id, course in found.items()}

    def of_asset(self, asset_id: str) -> float | None:
        """The progress of an asset's job that is furthest, where one is waiting or under way."""
        return max((course.shown for course in self._courses(asset_id)), default=None)

    def preview_of(self, asset_id: str) -> str:
        """The key of the playlist of what can be watched already; empty where there is nothing."""
        return next((course.preview for course in self._courses(asset_id) if course.preview), "")

    def _courses(self, asset_id: str) -> list[Course]:
        with self._lock:
            return [course for course in self._of.values() if course.asset_id == asset_id]
