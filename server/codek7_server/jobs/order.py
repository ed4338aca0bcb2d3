"""What a worker is told to do, and how it says that it lives."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from codek7.core.jobs import JobRequest

BEAT_S = 5.0
_GONE_S = 10.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a worker's standard input, which stays open as long as the server lives."""

    home: str
    home_named: bool
    job_id: str
    asset_id: str
    queued_us: int
    request: JobRequest
    flags: dict[str, Any] = {}


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag="beat", tag_field="event"):
    """Said every few seconds by a process that is not frozen. It watches its encoders itself."""


@contextmanager
def at_work(home: Path, job_id: str) -> Iterator[None]:
    """Holds a lock file that names this process, for who has to end it once its server is gone."""
    path = home / "run" / f"worker-{job_id}.lock"
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.pwrite(lock, f"{os.getpid()}\n".ljust(16).encode(), 0)
        yield
        path.unlink(missing_ok=True)
    finally:
        os.close(lock)


def end_left_workers(home: Path) -> None:
    """Kill the workers of a server that is gone, also those that are frozen: none may wake up later."""
    for path in (home / "run").glob("worker-*.lock"):
        lock = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            end = time.monotonic() + _GONE_S
            while time.monotonic() < end:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    _kill(os.pread(lock, 16, 0))
                    time.sleep(0.05)
                else:
                    path.unlink(missing_ok=True)
                    break
        finally:
            os.close(lock)


def _kill(said: bytes) -> None:
    """The lock is held, so the process that wrote its id there lives."""
    pid = said.decode(errors="replace").strip()
    if pid.isdigit():
        with suppress(ProcessLookupError):
            os.killpg(int(pid), signal.SIGKILL)
