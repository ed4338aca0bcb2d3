"""The catalog's file used by this process itself: opened for each call, or held open."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codek7.catalog import playback, querying, reading, studies
from codek7.catalog.effects import At, effects
from codek7.catalog.holding import HeldFile
from codek7.catalog.lock import Elsewhere, nowhere
from codek7.catalog.opening import CatalogFile
from codek7.catalog.statements import batched
from codek7.core.assets import Asset
from codek7.core.errors import AssetNotFound
from codek7.core.events import (
    AssetCreated,
    AssetRemoved,
    AssetTakenIn,
    Event,
    JobFailed,
    JobProgressed,
    Noted,
    Told,
    WorkProgressed,
)
from codek7.core.jobs import Job, JobState
from codek7.core.playback import PlaybackRecord, PlaybackReport
from codek7.core.ports import Table
from codek7.core.study import Outcome, Trial

if TYPE_CHECKING:
    import duckdb


class LocalCatalog:
    """See `Catalog`. Safe to use from several threads and processes: each call waits for its turn, and raises
    `GivenUp` when `elsewhere` becomes true meanwhile."""

    def __init__(self, home: Path, elsewhere: Elsewhere = nowhere) -> None:
        self._file = CatalogFile(home, elsewhere=elsewhere)
        self._held: HeldFile | None = None
        self._told: Callable[[Sequence[Told]], None] | None = None

    @property
    def holding(self) -> bool:
        """Whether the file is kept open."""
        return self._held is not None

    @contextmanager
    def hold(self, told: Callable[[Sequence[Told]], None] | None = None) -> Iterator[None]:
        """See `Catalog.hold`."""
        with self._file.held() as held:
            self._held, self._told = held, told
            try:
                yield
            finally:
                self._held = self._told = None

    def apply(self, job_id: str, events: Sequence[Event]) -> None:
        """See `Catalog.apply`. On disk when it returns."""
        kept = [event for event in events if not isinstance(event, WorkProgressed | JobProgressed)]
        if not kept:
            return
        held = self._held
        if held is None:
            with self._file.opened() as connection:
                _commit(connection, job_id, kept)
            return
        with held.one_at_a_time():
            with held.opened() as connection:
                news = _commit(connection, job_id, kept)
            if self._told is not None:
                self._told(news)

    def asset(self, asset_id: str) -> Asset:
        """See `Catalog.asset`."""
        with self._read() as connection:
            return reading.one_asset(connection, asset_id)

    def assets(
        self,
        *,
        source_sha256: str = "",
        ids: Collection[str] | None = None,
        since: tuple[int, str] | None = None,
        limit: int = 1000,
    ) -> tuple[Asset, ...]:
        """See `Catalog.assets`."""
        with self._read() as connection:
            return reading.many_assets(
                connection, source_sha256=source_sha256, ids=ids, since=since, limit=limit
            )

    def detail(self, asset_id: str, *, parts: Collection[str] = ()) -> dict[str, Any]:
        """See `Catalog.detail`."""
        with self._read() as connection:
            return reading.detail(connection, asset_id, parts)

    def remove(self, asset_id: str) -> None:
        """See `Catalog.remove`."""
        self.apply("", [AssetRemoved(asset_id=asset_id)])

    def versions(
        self, *, asset_id: str = "", withdrawn: bool = False
    ) -> tuple[tuple[str, str, bool, int], ...]:
        """See `Catalog.versions`."""
        with self._read() as connection:
            return reading.versions(connection, asset_id, withdrawn)

    def forget_version(self, asset_id: str, version: str) -> None:
        """See `Catalog.forget_version`. Its renditions go with it."""
        with self._write() as connection:
            for table in ("version", "rendition"):
                connection.execute(
                    f"DELETE FROM {table} WHERE asset_id = ? AND version = ?",  # noqa: S608  # our names
                    [asset_id, version],
                )

    def live_work(self, without: Collection[tuple[str, str]] = ()) -> frozenset[str]:
        """See `Catalog.live_work`."""
        with self._read() as connection:
            return reading.live_work(connection, without)

    def work_of(self, asset_id: str) -> frozenset[str]:
        """See `Catalog.work_of`."""
        with self._read() as connection:
            return reading.work_of(connection, asset_id)

    def job(self, job_id: str) -> Job:
        """See `Catalog.job`."""
        with self._read() as connection:
            return reading.one_job(connection, job_id)

    def jobs(
        self,
        *,
        states: Collection[JobState] = (),
        asset_id: str = "",
        owner: str = "",
        before: tuple[int, str] | None = None,
        limit: int = 1000,
    ) -> tuple[Job, ...]:
        """See `Catalog.jobs`."""
        with self._read() as connection:
            return reading.many_jobs(connection, states, asset_id, owner, before, limit)

    def note_progress(self, progress: Mapping[str, float]) -> None:
        """See `Catalog.note_progress`."""
        with self._write() as connection:
            connection.execute(
                "UPDATE job SET progress = greatest(job.progress, noted.progress) FROM "
                "(SELECT unnest(?::VARCHAR[]) AS id, unnest(?::DOUBLE[]) AS progress) noted "
                "WHERE job.id = noted.id",
                [list(progress), list(progress.values())],
            )

    def history(self, *, after: int, asset_id: str = "", limit: int = 1000) -> tuple[Noted, ...]:
        """See `Catalog.history`."""
        with self._read() as connection:
            return reading.history(connection, after, asset_id, limit)

    def last_event(self) -> int:
        """See `Catalog.last_event`."""
        with self._read() as connection:
            row = connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()
            return int(row[0]) if row else 0

    def add_playback(self, records: Sequence[PlaybackRecord]) -> None:
        """See `Catalog.add_playback`."""
        with self._write() as connection:
            playback.append(connection, records)

    def playback(self, asset_id: str) -> PlaybackReport:
        """See `Catalog.playback`."""
        with self._read() as connection:
            return playback.report(connection, asset_id)

    def add_trials(self, source_sha256: str, trials: Sequence[Trial]) -> None:
        """See `Catalog.add_trials`."""
        with self._write() as connection:
            studies.append(connection, source_sha256, trials)

    def trials(self, source_sha256: str) -> tuple[Trial, ...]:
        """See `Catalog.trials`."""
        with self._read() as connection:
            return studies.trials(connection, source_sha256)

    def add_study(self, outcome: Outcome) -> None:
        """See `Catalog.add_study`."""
        with self._write() as connection:
            studies.add_study(connection, outcome)

    def forget_studies(self, source_sha256: str) -> None:
        """See `Catalog.forget_studies`."""
        with self._write() as connection:
            studies.forget(connection, source_sha256)

    def query(self, sql: str, *, limit: int = 10_000, timeout_s: float = querying.TIMEOUT_S) -> Table:
        """See `Catalog.query`. It runs on a copy, or within the file that is held open."""
        if self._held is not None:
            return querying.run_held(self._held, self._file.home, sql, limit, timeout_s)
        return querying.run(self._file, sql, limit, timeout_s)

    def arrow(self, sql: str, *, limit: int = 10_000) -> bytes:
        """See `ArrowCatalog`."""
        return querying.run_as_arrow(self._file, self._held, sql, limit)

    def _read(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return self._held.read() if self._held is not None else self._file.read()

    def _write(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return self._held.opened() if self._held is not None else self._file.opened()


def _commit(connection: duckdb.DuckDBPyConnection, job_id: str, events: Sequence[Event]) -> list[Told]:
    """Write the events' effects; the events with their places in the history."""
    at = At(job_id, time.time_ns() // 1000)
    known = _of_known_assets(connection, events)
    for sql, values in batched(change for event in known for change in effects(event, at)):
        connection.execute(sql, values)
    if not known:
        return []
    row = connection.execute("SELECT currval('event_id')").fetchone()
    first = int(row[0]) - len(known) + 1 if row else 0
    return [
        Told(id=number, at_us=at.now_us, job_id=job_id, event=event)  # type: ignore[arg-type]  # all are of AnyEvent
        for number, event in enumerate(known, first)
    ]


def _of_known_assets(connection: duckdb.DuckDBPyConnection, events: Sequence[Event]) -> list[Event]:
    """The events, without the failure of a job whose asset is not there (any more).

    Raises `AssetNotFound` for any other event of such an asset: it was removed while the job ran, and
    nothing may bring its rows back.
    """
    ids = list({event.asset_id for event in events})
    keys = ", ".join("?" * len(ids))  # written out, so that the table's index is used
    known = {
        row[0]
        for row in connection.execute(f"SELECT id FROM asset WHERE id IN ({keys})", ids).fetchall()  # noqa: S608  # marks
    }
    kept: list[Event] = []
    for event in events:
        if isinstance(event, AssetCreated | AssetTakenIn):
            known.add(event.asset_id)
        if event.asset_id in known:
            kept.append(event)
        elif not isinstance(event, JobFailed):
            raise AssetNotFound(
                f"asset {event.asset_id!r} is not in the catalog: it was removed while it was worked on",
                hint="ingest its source again",
            )
    return kept
