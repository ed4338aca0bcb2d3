"""Whose turn it is: DuckDB lets one process open the file, so everyone queues at a lock file beside it."""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from codek7.core.errors import CatalogBusy
from codek7.core.folders import make_private

WAIT_S = 60.0
"""How long anyone waits for a turn. A turn takes tens of milliseconds; a copy before a migration longer."""
_PAUSE_S = 0.002

_LOOK_S = 0.05

Elsewhere = Callable[[], bool]
"""Whether what the turn is for can be had from somebody else by now."""


class GivenUp(Exception):
    """The turn did not come, and need not: a server answers."""


def nowhere() -> bool:
    """There is nobody else."""
    return False


@contextmanager
def turn(path: Path, wait_s: float = WAIT_S, elsewhere: Elsewhere = nowhere) -> Iterator[None]:
    """Hold the lock file, alone among all processes and threads. Raises `CatalogBusy` after `wait_s`, and
    `GivenUp` when it waits and `elsewhere` becomes true.

    The kernel lets go of a lock whose holder died, so there is never a stale one to break. The holder's pid
    is in the file, for the message alone.
    """
    make_private(path.parent)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait(lock, path, wait_s, elsewhere)
        try:
            os.pwrite(lock, f"{os.getpid()}\n".ljust(16).encode(), 0)
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # also for a copy of the descriptor that a fork may hold
    finally:
        os.close(lock)


def _wait(lock: int, path: Path, wait_s: float, elsewhere: Elsewhere) -> None:
    end = time.monotonic() + wait_s
    look = time.monotonic() + _LOOK_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            pass
        if time.monotonic() >= end:
            raise _busy(path, os.pread(lock, 16, 0).decode(errors="replace").strip(), wait_s)
        if time.monotonic() >= look:
            if elsewhere():
                raise GivenUp
            look = time.monotonic() + _LOOK_S
        time.sleep(_PAUSE_S + random.random() * _PAUSE_S)  # noqa: S311  # apart, so that nobody loses each time


def _busy(path: Path, holder: str, wait_s: float) -> CatalogBusy:
    """The error for a turn that did not come."""
    who = f"process {holder}" if holder.isdigit() else "another process"
    return CatalogBusy(
        f"waited {wait_s:.0f} s for the catalog in {path.parent.parent}: {who} holds it",
        hint="try again, or end that process if it hangs",
    )
