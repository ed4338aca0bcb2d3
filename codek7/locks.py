"""Jobs, and the collection of garbage, keep out of each other's way across processes.

The kernel lets go of a lock whose holder died, so there is never a stale one to break.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from codek7.core.folders import make_private


@contextmanager
def keeping(home: Path) -> Iterator[None]:
    """Nobody collects within the block: for jobs, from taking stock of finished work, or publishing, until
    the catalog knows what they need. Waits for whoever collects."""
    with _locked(_file(home, "collect"), fcntl.LOCK_SH):
        yield


@contextmanager
def collecting(home: Path) -> Iterator[None]:
    """Nobody is within `keeping`, so that nothing is removed on old knowledge. Waits for those who are."""
    with _locked(_file(home, "collect"), fcntl.LOCK_EX):
        yield


@contextmanager
def working_on(home: Path, source_sha256: str, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Nobody else works on this source. Waits for who does: what they finish need not be made again.
    `on_wait` hears that it has to wait."""
    if on_wait is not None and is_worked_on(home, source_sha256):
        on_wait()
    with _alone(_file(home, f"source-{source_sha256}")):
        yield


def is_worked_on(home: Path, source_sha256: str) -> bool:
    """Whether somebody works on this source right now."""
    try:
        lock = os.open(_file(home, f"source-{source_sha256}"), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


@contextmanager
def curating(home: Path, asset_id: str) -> Iterator[None]:
    """Nobody else publishes, moves, edits or blocks this asset: a matter of moments. Waits for who does."""
    with _alone(_file(home, f"asset-{asset_id}")):
        yield


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock file that is there only while someone holds it."""
    while True:
        with _locked(path, fcntl.LOCK_EX) as lock:
            if not _is_there(lock, path):  # who held it before has removed it: the next file is the lock
                continue
            try:
                yield
            finally:
                path.unlink()
            return


@contextmanager
def _locked(path: Path, how: int) -> Iterator[int]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, how)
        yield lock
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)  # also for a copy of the descriptor that a fork may hold
        os.close(lock)


def _file(home: Path, name: str) -> Path:
    folder = home / "run"
    make_private(folder)
    return folder / f"{name}.lock"


def _is_there(lock: int, path: Path) -> bool:
    """Whether the open file is the one of this name."""
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except FileNotFoundError:
        return False
