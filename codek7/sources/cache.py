"""Fetched sources by their hash, and what is made of sources only to be looked at, in folders that stay below
a bound.

`CACHE/sources/<sha256>` and `CACHE/references/<sha256 of the source>-<key>` hold bytes. What is written is
locked and hidden until it is whole; what is held is locked too, so that no process removes what another uses.
A lock ends with its process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from codek7.core.errors import DiskFull, SourceNotFound
from codek7.core.folders import make_private
from codek7.core.values import content_hash
from codek7.sources.hashing import Cancelled, check_cancelled

IN_USE_S = 900
"""What was asked for so lately is about to be used, held or not."""
_ASIDE = ".part-"
_WAIT_S = 0.1
_QUEUES = 256


def cache_of(home: Path) -> Path:
    """Where a home keeps remote sources while they are needed, and what is made to be looked at."""
    return home / "cache"


def cached(cache: Path, sha256: str, size_bytes: int) -> Path | None:
    """The file with these bytes, marked as used; None where it is not there."""
    path = cache / "sources" / sha256
    try:
        if path.stat().st_size != size_bytes:
            return None
        os.utime(path)
    except OSError:
        return None
    return path


@contextlib.contextmanager
def hold(path: Path, cache: Path) -> Iterator[None]:
    """Keep a file of the cache from being removed until the block ends; a file elsewhere needs no holding.

    Raises `SourceNotFound` where it was removed already: open it again.
    """
    if path.parent.parent != cache:
        yield
        return
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _gone(path) from None
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        if os.fstat(file).st_nlink == 0:
            raise _gone(path)
        yield
    finally:
        os.close(file)


def forget(cache: Path, sha256: str) -> None:
    """Remove what the cache has of a source, but what is held this moment: that goes when room is needed."""
    for path in (cache / "sources" / sha256, *(cache / "references").glob(f"{sha256}-*")):
        _removed(path)


@contextlib.contextmanager
def in_turn(cache: Path, url: str, cancelled: Cancelled, shown: str) -> Iterator[None]:
    """One process at a time fetches a URL; those who waited find it fetched."""
    folder = cache / "urls"
    make_private(folder)
    queue = int(content_hash(url)[:8], 16) % _QUEUES
    file = os.open(folder / f"turn-{queue:02x}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _locked(file):
            check_cancelled(cancelled, shown)
            time.sleep(_WAIT_S)
        yield
    finally:
        os.close(file)


@contextlib.contextmanager
def writing(cache: Path) -> Iterator[tuple[int, Callable[[str, int], None]]]:
    """An empty file, and what names it by its hash; without that it goes."""
    folder = cache / "sources"
    make_private(folder)
    aside = folder / f"{_ASIDE}{secrets.token_hex(8)}"
    file = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)

    def publish(sha256: str, size_bytes: int) -> None:
        if cached(cache, sha256, size_bytes) is None:  # else somebody may hold the file that is there
            os.fsync(file)
            os.utime(file)
            aside.replace(folder / sha256)

    try:
        yield file, publish
    finally:
        aside.unlink(missing_ok=True)
        os.close(file)


def make_room(cache: Path, cache_bytes: int | None, wanted_bytes: int, kind: str = "sources") -> None:
    """Remove what crashed fetches left, and the longest unused files of a kind, until what is wanted fits
    below the bound or nothing more can go. Raises `DiskFull` where the disk itself has no room for it."""
    folder = cache / kind
    make_private(folder)
    found: list[tuple[float, int, Path]] = []
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            status = path.stat()
            if not (path.name.startswith(_ASIDE) and _removed(path)):
                found.append((status.st_mtime, status.st_size, path))
    total, lately = sum(size for _, size, _ in found) + wanted_bytes, time.time() - IN_USE_S
    for used, size, path in sorted(found):
        if cache_bytes is None or total <= cache_bytes:
            break
        if used < lately and _removed(path):
            total -= size
    free = shutil.disk_usage(folder).free
    if free < wanted_bytes:
        raise DiskFull(
            f"fetching needs {wanted_bytes} bytes in {str(folder)!r}, where {free} are free",
            hint="free some space, or put the home on a larger disk",
        )


def _removed(path: Path) -> bool:
    """Remove a file that nobody holds and nobody writes."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if not _locked(file):
            return False
        path.unlink(missing_ok=True)
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _gone(path: Path) -> SourceNotFound:
    return SourceNotFound(f"{path.name} was removed from the cache meanwhile", hint="open it again")
