"""The four ports: the few live objects. Everything else in codek7 is a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from codek7.core.assets import Asset
from codek7.core.events import Event, Noted, Told
from codek7.core.jobs import Job, JobState
from codek7.core.playback import PlaybackRecord, PlaybackReport
from codek7.core.study import Outcome, Trial
from codek7.core.tasks import Task, Update


class Stat(NamedTuple):
    """What a store says of an object. `etag` changes whenever the bytes do; `modified_us` is Unix time."""

    size_bytes: int
    etag: str
    modified_us: int


@runtime_checkable
class Store(Protocol):
    """Objects by key. Keys are relative paths of `[A-Za-z0-9._-]` parts, never made from user text; anything
    else raises `KeyInvalid`. A missing object raises `ObjectNotFound`. What is readable is whole: a `put`
    shows its bytes at once or never. Safe to use from several threads and processes."""

    @property
    def url(self) -> str:
        """Where the store is, without credentials."""
        ...

    def put(self, key: str, body: bytes) -> None:
        """Write or replace an object."""
        ...

    def put_file(self, key: str, path: Path) -> None:
        """Take over a local file as an object; the file may be moved away."""
        ...

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """An object's bytes, or those of the range; a range is cut at the object's end."""
        ...

    def stat(self, key: str) -> Stat | None:
        """Size and identity, or None where there is no such object."""
        ...

    def copy(self, key: str, to: str) -> None:
        """A second name for the same bytes, without moving them through this machine (a hard link, a
        server-side copy). Removing either leaves the other."""
        ...

    def keys(self, prefix: str) -> Iterator[str]:
        """Keys that begin with the prefix, in rising order."""
        ...

    def remove(self, keys: Sequence[str]) -> None:
        """Remove objects; those already gone do not matter."""
        ...

    def local_path(self, key: str) -> Path | None:
        """The object as a file of this machine, where the store keeps it as one (read only, please)."""
        ...

    def public_url(self, key: str) -> str:
        """An address of the object for people to try; not a promise that anyone may read it."""
        ...


WITHDRAWN_US = 1
"""When versions that are taken back stopped to be current: before every grace, so that any collection, and
the next start of a server, removes what is left of them."""


@runtime_checkable
class SigningStore(Protocol):
    """A store that can let anybody read an object for a while."""

    def signed_url(self, key: str, ttl_s: int) -> str:
        """An address that answers GET, byte ranges included, for so long. The object need not be there."""
        ...


class Table(NamedTuple):
    """A query's answer. `rows` hold plain values (str, int, float, bool, None, list, dict)."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@runtime_checkable
class Catalog(Protocol):
    """What is known, as tables. No method keeps the database open after it returns, but for who holds it."""

    def hold(self, told: Callable[[Sequence[Told]], None] | None = None) -> AbstractContextManager[None]:
        """Within the block, this process alone keeps the database open, and every call of this object is
        answered from there; `told` hears of all events after their commit, batch by batch, in order.

        Others reach it through `service.serve` only. Raises `CatalogBusy` where another process holds it.
        """
        ...

    def apply(self, job_id: str, events: Sequence[Event]) -> None:
        """Commit the events' effects, in order, in one transaction."""
        ...

    def asset(self, asset_id: str) -> Asset:
        """Raises `AssetNotFound`."""
        ...

    def assets(
        self,
        *,
        source_sha256: str = "",
        ids: Collection[str] | None = None,
        since: tuple[int, str] | None = None,
        limit: int = 1000,
    ) -> tuple[Asset, ...]:
        """Newest first; only those of one source where its hash is given, and of those `ids` that exist.
        With `since`, a (time, id), those created later, oldest first."""
        ...

    def detail(self, asset_id: str, *, parts: Collection[str] = ()) -> dict[str, Any]:
        """All that is known of an asset (tracks, ladder, renditions, jobs, attempts) as plain values; only
        the `parts` that are named, where some are. The part `rates` comes only when named: renditions of
        what is published now, without their segments."""
        ...

    def remove(self, asset_id: str) -> None:
        """Remove every row of the asset. Raises `AssetNotFound`."""
        ...

    def versions(
        self, *, asset_id: str = "", withdrawn: bool = False
    ) -> tuple[tuple[str, str, bool, int], ...]:
        """Every published version: asset id, version, whether it is current, and when it stopped to be (Unix
        microseconds; 0 for current ones). Only those of one asset, or those taken back, where asked for."""
        ...

    def forget_version(self, asset_id: str, version: str) -> None:
        """Drop the row of a version whose objects are gone."""
        ...

    def live_work(self, without: Collection[tuple[str, str]] = ()) -> frozenset[str]:
        """Content keys of all work that a version or an unfinished job needs; versions in `without` (asset id
        and version) count as gone."""
        ...

    def work_of(self, asset_id: str) -> frozenset[str]:
        """Content keys of all work that jobs of the asset made or used."""
        ...

    def job(self, job_id: str) -> Job:
        """Raises `JobNotFound`."""
        ...

    def jobs(
        self,
        *,
        states: Collection[JobState] = (),
        asset_id: str = "",
        owner: str = "",
        before: tuple[int, str] | None = None,
        limit: int = 1000,
    ) -> tuple[Job, ...]:
        """Newest first (by when they were queued or began, then by id): those in one of the states, of one
        asset and of one owner, where given; `before` is the (time, id) of the last one of the page before."""
        ...

    def note_progress(self, progress: Mapping[str, float]) -> None:
        """Keep how far running jobs are (0..1, by job id); it never goes back."""
        ...

    def history(self, *, after: int, asset_id: str = "", limit: int = 1000) -> tuple[Noted, ...]:
        """What happened after the event with this id, oldest first."""
        ...

    def last_event(self) -> int:
        """The id of the newest event of the history, 0 where there is none."""
        ...

    def add_playback(self, records: Sequence[PlaybackRecord]) -> None:
        """Keep what players told; records of assets that are not there are left out."""
        ...

    def playback(self, asset_id: str) -> PlaybackReport:
        """The sums of what players told of an asset. Raises `AssetNotFound`."""
        ...

    def add_trials(self, source_sha256: str, trials: Sequence[Trial]) -> None:
        """Keep what a study of a source tried; what is known by its key is replaced."""
        ...

    def trials(self, source_sha256: str) -> tuple[Trial, ...]:
        """All that was tried of a source, oldest first."""
        ...

    def add_study(self, outcome: Outcome) -> None:
        """Keep how a study ended; one of the same source that chose the same ladder is replaced."""
        ...

    def forget_studies(self, source_sha256: str) -> None:
        """Drop all rows of what was tried and chosen for a source."""
        ...

    def query(self, sql: str, *, limit: int = 10_000, timeout_s: float = 30.0) -> Table:
        """Run one read-only statement. Raises `QueryInvalid`."""
        ...


@runtime_checkable
class ArrowCatalog(Protocol):
    """What a catalog may offer besides."""

    def arrow(self, sql: str, *, limit: int = 10_000) -> bytes:
        """As `Catalog.query`, the answer as an Arrow IPC stream. Raises `QueryInvalid`, and `ToolMissing`
        where a package is missing."""
        ...


Runner = Callable[[Task, Callable[[Update], None], Callable[[], bool]], None]
"""Does one task: calls back with every update, and asks often whether it was cancelled."""


@runtime_checkable
class Executor(Protocol):
    """Where tasks run; shaped like `concurrent.futures.Executor`."""

    @property
    def cores(self) -> int:
        """The stated budget."""
        ...

    def submit(self, task: Task, *, cores: int, on_update: Callable[[Update], None]) -> Future[None]:
        """Queue a task; those submitted first start first. One that asks for 0 cores runs beside the others.
        `on_update` is called from any thread."""
        ...

    def shutdown(self, *, cancel: bool = False) -> None:
        """Wait for what runs, or end it (process groups included) and drop what waits."""
        ...


@runtime_checkable
class Frames(Protocol):
    """Sample pictures of a source, in time order: what moderators and image makers look at."""

    def __len__(self) -> int: ...

    def times_us(self) -> tuple[int, ...]:
        """Presentation time of each picture."""
        ...

    def jpeg(self, index: int) -> bytes:
        """One picture, as a JPEG file."""
        ...
