"""Jobs and the collection of garbage keep out of each other's way, across processes.

A job that takes stock of finished work, or publishes, holds a home's lock together with other jobs until the
catalog knows what it needs. Who collects holds it alone, so that nothing is removed on old knowledge.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def keeping(home: Path) -> Iterator[None]:
    """Nobody collects within the block; waits for who does."""
    with _locked(home, fcntl.LOCK_SH):
        yield


@contextmanager
def collecting(home: Path) -> Iterator[None]:
    """Nobody is within `keeping`; waits for those who are."""
    with _locked(home, fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(home: Path, how: int) -> Iterator[None]:
    """The kernel lets go of a lock whose holder died, so there is never a stale one to break."""
    path = home / "run" / "collect.lock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, how)
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)  # also for a copy of the descriptor that a fork may hold
        os.close(lock)
