"""Objects of a store as delivery sees them: found, and read range by range, in threads.

Nothing that is kept is believed without a look at the store: before each answer the object's identity is
asked for (for a file, one call of the system), or its bytes are read from the store itself.
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from gzip import compress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from codek7.core.errors import ObjectNotFound, StoreUnavailable
from codek7.core.ports import Store
from codek7_server.delivery.cache import Lru
from codek7_server.delivery.media_types import is_playlist, media_type

T = TypeVar("T")

SMALL_BYTES = 64 << 10
"""Objects up to this size are kept whole."""
MAX_PLAYLIST_BYTES = 16 << 20
"""A playlist is kept, and compressed, up to this size: twelve hours of byte ranges are a tenth of it."""
SHARED_BYTES = 4 << 20
"""Ranges up to this size that came from afar are kept, and read once for all who wait for them."""
FRESH_S = 2.0
"""How long what a distant store said of an object is good for, where its bytes are read right after."""
PAUSE_S = 5.0
"""How long a store that did not answer is left alone."""
THREADS = 32
ENTRY_BYTES = 1500
"""What an entry weighs besides bytes of the object."""


class Changed(Exception):
    """The object is not what it was when it was found: begin again."""


class Found(NamedTuple):
    """An object. `etag` is strong and quoted, `stamp` what its file's identity is (empty for others); `body`
    and `packed` (gzip) are there for small objects."""

    key: str
    size: int
    etag: bytes
    modified_s: int
    media_type: bytes
    path: Path | None = None
    stamp: tuple[int, ...] = ()
    body: bytes | None = None
    packed: bytes | None = None
    looked_s: float = 0.0

    @property
    def weight(self) -> int:
        """What it takes to remember it."""
        return ENTRY_BYTES + len(self.body or b"") + len(self.packed or b"")


class Objects:
    """What a store holds. Methods are for the event loop; only the store is asked in threads."""

    def __init__(self, store: Store, *, cache_bytes: int) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivery")
        self._known: Lru[str, Found] = Lru(cache_bytes // 2)
        self._ranges: Lru[tuple[str, bytes, int, int], bytes] = Lru(cache_bytes // 2)
        self._reading: dict[tuple[str, bytes, int, int], asyncio.Future[bytes]] = {}
        self._paused_until = 0.0

    def known(self, key: str) -> Found | None:
        """An object whose file was seen before and is the same now; None says nothing. Needs no thread."""
        found = self._known.get(key)
        if found is None or found.path is None:
            return None
        if not is_same(found):
            self._known.drop(key)
            return None
        return found

    async def find(self, key: str, *, lasting: bool, will_read: bool = False) -> Found:
        """Raises `ObjectNotFound` and `StoreUnavailable`. `lasting` objects are never written twice. With
        `will_read`, large ones may be remembered for a moment: who reads them asks the store anyway.

        Where the store does not answer, what is remembered whole is still good.
        """
        found = self.known(key)
        if found is not None:
            return found
        before = self._known.get(key)
        now = time.monotonic()
        if before and before.body is None and will_read and lasting and now - before.looked_s < FRESH_S:
            return before
        try:
            found = await self._ask(lambda: _look(self._store, key, before, lasting=lasting))
        except ObjectNotFound:
            self._known.drop(key)
            raise
        except StoreUnavailable:
            if before is not None and lasting:
                return before
            raise
        self._known.put(key, found, found.weight)
        return found

    async def read(self, found: Found, start: int, length: int, *, since_s: float) -> bytes:
        """Bytes of an object that is no file, as it was at `since_s` (monotonic) or later. Raises `Changed`,
        `ObjectNotFound` and `StoreUnavailable`."""
        if length > SHARED_BYTES:
            return await self._ask(lambda: _get(self._store, found.key, start, length))
        wanted = (found.key, found.etag, start, length)
        if (held := self._ranges.get(wanted)) is not None:
            if found.looked_s < since_s:
                await self._still_there(found)
            return held
        reading = self._reading.get(wanted)
        if reading is None:
            reading = asyncio.ensure_future(self._ask(lambda: _get(self._store, found.key, start, length)))
            self._reading[wanted] = reading
            reading.add_done_callback(lambda done: self._read(wanted, done))
        return await asyncio.shield(reading)

    @contextmanager
    def opened(self, path: Path, found: Found) -> Iterator[int]:
        """The file of an object that is one. Raises `Changed` where it is another by now. Opening a file that
        was looked at just now does not wait for a disk."""
        try:
            file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise Changed from error
        try:
            if _stamp(os.fstat(file)) != found.stamp:
                raise Changed
            yield file
        finally:
            os.close(file)

    async def pread(self, file: int, start: int, length: int) -> bytes:
        """Bytes of an open file."""
        body = await self.in_thread(lambda: os.pread(file, length, start))
        if len(body) != length:
            raise Changed
        return body

    async def in_thread(self, call: Callable[[], T]) -> T:
        """Run what may block."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Let the threads go; what they do is finished first."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _still_there(self, found: Found) -> None:
        """Kept bytes are given out only of an object that is there, as long as the store answers at all."""
        try:
            seen = await self._ask(lambda: self._store.stat(found.key))
        except StoreUnavailable:
            return
        if seen is None:
            self._known.drop(found.key)
            raise ObjectNotFound(f"no object {found.key!r}")
        if etag_of(seen.etag) != found.etag:
            self._known.drop(found.key)
            raise Changed

    async def _ask(self, call: Callable[[], T]) -> T:
        """Ask the store, unless it was out of reach just now: then who waits is told at once."""
        if time.monotonic() < self._paused_until:
            raise StoreUnavailable("the store did not answer just now")
        try:
            return await self.in_thread(call)
        except StoreUnavailable:
            self._paused_until = time.monotonic() + PAUSE_S
            raise

    def _read(self, wanted: tuple[str, bytes, int, int], done: asyncio.Future[bytes]) -> None:
        self._reading.pop(wanted, None)
        if not done.cancelled() and done.exception() is None:
            body = done.result()
            self._ranges.put(wanted, body, ENTRY_BYTES + len(body))


def is_same(found: Found) -> bool:
    """Whether an object's file is the one that was found. Never true of what is no file."""
    if found.path is None:
        return False
    try:
        return _stamp(found.path.stat()) == found.stamp
    except OSError:
        return False


def etag_of(said: str) -> bytes:
    """A store's etag, quoted; what cannot stand between quotes is hashed."""
    text = said.encode()
    if not text or any(byte <= 0x20 or byte in (0x22, 0x7F) for byte in text):
        text = sha256(text).hexdigest()[:32].encode()
    return b'"' + text + b'"'


def _look(store: Store, key: str, before: Found | None, *, lasting: bool) -> Found:
    path = store.local_path(key)
    if path is not None:
        return _look_at_file(key, path)
    while True:
        seen = store.stat(key)
        if seen is None:
            raise ObjectNotFound(f"no object {key!r}")
        etag = etag_of(seen.etag)
        if before is not None and before.etag == etag and before.size == seen.size_bytes:
            return before._replace(looked_s=time.monotonic())
        found = Found(
            key=key,
            size=seen.size_bytes,
            etag=etag,
            modified_s=seen.modified_us // 1_000_000,
            media_type=media_type(key).encode(),
            looked_s=time.monotonic(),
        )
        if not _is_small(found):
            return found
        body = store.get(key)
        if len(body) == found.size and (lasting or store.stat(key) == seen):
            return _with_body(found, body)


def _look_at_file(key: str, path: Path) -> Found:
    """One open file says all, so its bytes belong to its identity."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise ObjectNotFound(f"no object {key!r}") from error
    with os.fdopen(file, "rb") as opened:
        seen = os.fstat(file)
        if not stat.S_ISREG(seen.st_mode):
            raise ObjectNotFound(f"no object {key!r}")
        found = Found(
            key=key,
            size=seen.st_size,
            etag=f'"{seen.st_ino:x}-{seen.st_size:x}-{seen.st_mtime_ns:x}"'.encode(),
            modified_s=int(seen.st_mtime_ns // 1_000_000_000),
            media_type=media_type(key).encode(),
            path=path,
            stamp=_stamp(seen),
        )
        return _with_body(found, opened.read(found.size)) if _is_small(found) else found


def _stamp(seen: os.stat_result) -> tuple[int, ...]:
    return (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_dev)


def _is_small(found: Found) -> bool:
    return found.size <= (MAX_PLAYLIST_BYTES if is_playlist(found.key) else SMALL_BYTES)


def _with_body(found: Found, body: bytes) -> Found:
    packed = compress(body, 6, mtime=0) if is_playlist(found.key) else None
    return found._replace(body=body, packed=packed)


def _get(store: Store, key: str, start: int, length: int) -> bytes:
    body = store.get(key, start, length)
    if len(body) != length:
        raise Changed
    return body
