"""Folders that are needed for a while only. Each tells by its name whose it is, so that what a process left
that was killed can be removed by another."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from codek7.core.folders import make_private

IN_A_HOME, ASIDE = "task", "codek7"
LEFT_S = 3600
"""The system's folder may be shared with machines of other process numbers: what changed of late stays."""


@contextmanager
def own_folder(scratch: Path) -> Iterator[Path]:
    """An empty folder in a home's scratch, for this task alone."""
    make_private(scratch)
    with _made(scratch, IN_A_HOME) as folder:
        yield folder


@contextmanager
def aside() -> Iterator[Path]:
    """An empty folder where the system keeps such, for what belongs to no home."""
    parent = Path(tempfile.gettempdir())
    _sweep_once(parent)
    with _made(parent, ASIDE) as folder:
        yield folder


def sweep_scratch(scratch: Path) -> None:
    """Remove what tasks of processes that are gone left behind."""
    for folder in _left(scratch, IN_A_HOME):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _made(parent: Path, kind: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{kind}-{os.getpid()}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@lru_cache(maxsize=4)
def _sweep_once(parent: Path) -> None:
    for folder in _left(parent, ASIDE):
        try:
            seen = folder.lstat()
        except OSError:
            continue
        if seen.st_uid == os.geteuid() and time.time() - seen.st_mtime > LEFT_S:
            shutil.rmtree(folder, ignore_errors=True)


def _left(parent: Path, kind: str) -> Iterator[Path]:
    for folder in parent.glob(f"{kind}-*-*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and not _alive(int(pid)):
            yield folder


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True
