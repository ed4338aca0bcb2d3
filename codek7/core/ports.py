"""The four ports: the few live objects. Everything else in codek7 is a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from codek7.core.assets import Asset
from codek7.core.events import Event
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


class Table(NamedTuple):
    """A query's answer. `rows` hold plain values (str, int, float, bool, None, list, dict)."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@runtime_checkable
class Catalog(Protocol):
    """What is known, as tables. No method keeps the database open after it returns."""

    def apply(self, job_id: str, events: Sequence[Event]) -> None:
        """Commit the events' effects, in order, in one transaction."""
        ...

    def asset(self, asset_id: str) -> Asset:
        """Raises `AssetNotFound`."""
        ...

    def assets(self, *, source_sha256: str = "", limit: int = 1000) -> tuple[Asset, ...]:
        """Newest first; only those of one source where its hash is given."""
        ...

    def detail(self, asset_id: str) -> dict[str, Any]:
        """All that is known of an asset (tracks, ladder, renditions, jobs, attempts) as plain values."""
        ...

    def remove(self, asset_id: str) -> None:
        """Remove every row of the asset. Raises `AssetNotFound`."""
        ...

    def versions(self) -> tuple[tuple[str, str, bool, int], ...]:
        """Every published version: asset id, version, whether it is current, and when it stopped to be (Unix
        microseconds; 0 for current ones)."""
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

    def query(self, sql: str, *, limit: int = 10_000) -> Table:
        """Run one read-only statement. Raises `QueryInvalid`."""
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
