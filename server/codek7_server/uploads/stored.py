"""The bytes of an upload that have come so far: a file that only grows, and its running hash.

What a request with a checksum brings is not believed before its end: until then a mark beside the file says
where it began, and a server that was killed in between cuts the file there.
"""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import Any, NamedTuple

from codek7.core.errors import NO_SPACE, DiskFull
from codek7_server.uploads.record import DATA, UNVERIFIED, sync

BLOCK_BYTES = 1 << 20


class Before(NamedTuple):
    """Where to go back to; without a hash it has to be made anew."""

    size: int
    hash: Any


class Stored:
    """Blocking: from threads, please. One writer at a time; `settle` and `catch_up` may run beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / DATA
        self._mark = folder / UNVERIFIED
        self._lock = threading.Lock()
        self._hashing = threading.Lock()
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._believed: int | None = None
        self.size = 0
        self.on_disk = 0
        """So many bytes survive a loss of power."""
        if self._mark.exists():
            self._cut(int(self._mark.read_text() or "0"))
            self._mark.unlink()
        if self.path.exists():
            self.size = self.path.stat().st_size
        self.settle()

    @property
    def head(self) -> bytes:
        """The first bytes."""
        with self.path.open("rb") as file:
            return file.read(4096)

    def append(self, block: bytes) -> None:
        """Raises `DiskFull`; then none of the block was kept."""
        with self._lock:
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                _write(file, block, self.size)
            except OSError as error:
                os.ftruncate(file, self.size)
                raise _said(error) from error
            finally:
                os.close(file)
            if self._hashed == self.size:
                self._hash.update(block)
                self._hashed += len(block)
            self.size += len(block)

    def settle(self) -> int:
        """How many bytes are on disk for good, once they are."""
        with self._lock:
            size = self.size if self._believed is None else self._believed
        if size > self.on_disk:
            try:
                _sync_file(self.path)
                sync(self.folder)
            except OSError as error:
                raise _said(error) from error
            self.on_disk = size
        return self.on_disk

    def remember(self) -> Before:
        """What `undo` needs to go back to here."""
        with self._lock:
            behind = self._hashed != self.size  # then a thread may be hashing now
            return Before(self.size, None if behind else self._hash.copy())

    def doubt(self) -> None:
        """What is appended from here on is not believed before `believe`, not even by a next process. Raises
        `DiskFull`."""
        try:
            self._mark.write_text(str(self.size))
            _sync_file(self._mark)
            sync(self.folder)
        except OSError as error:
            raise _said(error) from error
        self._believed = self.size

    def believe(self) -> None:
        """What was appended since `doubt` stays."""
        with self._lock:
            self._believed = None
        self.settle()
        self._mark.unlink(missing_ok=True)

    def undo(self, before: Before) -> None:
        """Nothing was appended since `remember`."""
        with self._hashing, self._lock:
            self.size, self._believed = before.size, None
            self._hash = before.hash or hashlib.sha256()
            self._hashed = before.size if before.hash else 0
            self._cut(before.size)
        self._mark.unlink(missing_ok=True)

    def clear(self) -> None:
        """Begin again."""
        self.undo(Before(0, hashlib.sha256()))

    @property
    def behind(self) -> bool:
        """Whether there are bytes that are not hashed yet: they came before this process."""
        return self._hashed != self.size

    def catch_up(self) -> None:
        """Hash them, beside whoever appends. It may take long."""
        with self._hashing:
            while self._hash_some():
                pass

    def _hash_some(self) -> bool:
        with self._lock:
            start, end = self._hashed, self.size
        if start == end:
            return False
        with self.path.open("rb", buffering=0) as file:
            file.seek(start)
            block = file.read(min(4 * BLOCK_BYTES, end - start))
        self._hash.update(block)
        with self._lock:
            self._hashed = start + len(block)
        return True

    def sha256(self) -> str:
        """Of all that came."""
        self.catch_up()
        return self._hash.hexdigest()

    def _cut(self, size: int) -> None:
        if self.path.exists():
            os.truncate(self.path, size)
        self.on_disk = min(self.on_disk, size)


def _write(file: int, block: bytes, at: int) -> None:
    left = memoryview(block)
    while left:
        count = os.pwrite(file, left, at)
        left, at = left[count:], at + count


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _said(error: OSError) -> Exception:
    if error.errno in NO_SPACE:
        return DiskFull(
            "the server's disk is full", hint="what came before is kept: go on when there is space"
        )
    return error
