"""Fetching: what comes from elsewhere, written aside, hashed as it comes, and named when it is whole."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import NamedTuple

from codek7.core.errors import DiskFull, StoreUnavailable
from codek7.core.media import Limits
from codek7.core.values import content_hash
from codek7.sources.address import Address
from codek7.sources.cache import cached, make_room, writing
from codek7.sources.hashing import BLOCK_BYTES, Cancelled, OnProgress, check_cancelled, check_size
from codek7.sources.notes import Note, Notes
from codek7.sources.remote import Broken, Stream, open_stream

ATTEMPTS = 4
"""How often in a row a stream may fail without a byte gained; waits 0.5, 1, 2 s in between."""


class Job(NamedTuple):
    """What to fetch, and within which bounds; as `fetch_source` takes them."""

    address: Address
    cache: Path
    limits: Limits
    cache_bytes: int | None
    cancelled: Cancelled
    on_progress: OnProgress | None


class _Partial:
    """What came so far, in an open file, with its hash and the mark of what it is part of."""

    def __init__(self, file: int) -> None:
        self.file = file
        self.mark = ""
        self._begin()

    def follow(self, stream: Stream) -> None:
        """Go on where the stream goes on, or begin again. Raises `Broken`."""
        if (stream.start, stream.mark) == (self.done, self.mark):
            return
        if stream.start:
            raise Broken("it goes on elsewhere than asked")
        self._begin()
        self.mark = stream.mark

    def add(self, block: bytes) -> None:
        """Append. Raises `DiskFull`."""
        left = memoryview(block)
        try:
            while left:
                left = left[os.write(self.file, left) :]
        except OSError as error:
            raise DiskFull(
                f"cannot keep what is fetched: {error.strerror}", hint="free some space"
            ) from error
        self._digest.update(block)
        self.done += len(block)

    def sha256(self) -> str:
        """Of what came so far."""
        return self._digest.hexdigest()

    def _begin(self) -> None:
        self.done = 0
        self._digest = hashlib.sha256()
        os.ftruncate(self.file, 0)
        os.lseek(self.file, 0, os.SEEK_SET)


def fetch(job: Job) -> Note:
    """Fetch what is not here yet. A stream that breaks is taken up where it broke, as often as bytes come.

    Raises what `fetch_source` does.
    """
    notes, key = Notes(job.cache / "urls.json"), content_hash([job.address.fetch, job.address.user])
    with writing(job.cache) as (file, publish):
        partial, furthest, failures = _Partial(file), 0, 0
        while True:
            try:
                note = _attempt(job, partial, notes, key)
                break
            except Broken as error:
                failures = 1 if partial.done > furthest else failures + 1
                furthest = max(furthest, partial.done)
                if failures == ATTEMPTS:
                    raise StoreUnavailable(
                        f"{job.address.stored} cannot be read: {error}",
                        hint="check the address, or try later",
                    ) from None
            check_cancelled(job.cancelled, job.address.stored)
            time.sleep(0.25 * 2**failures)
        if note is not None:
            return note
        publish(partial.sha256(), partial.done)
    note = Note(mark=_mark(partial.mark, partial.done), sha256=partial.sha256(), size_bytes=partial.done)
    if partial.mark:
        notes.keep(key, note)
    make_room(job.cache, job.cache_bytes, 0)
    return note


def _attempt(job: Job, partial: _Partial, notes: Notes, key: str) -> Note | None:
    """Read to the end; a note where the bytes are here already. Raises `Broken` and what cannot be mended."""
    shown = job.address.stored
    with open_stream(job.address, partial.done, partial.mark) as stream:
        note = notes.find(key, _mark(stream.mark, stream.size)) if stream.mark else None
        if note is not None and cached(job.cache, note.sha256, note.size_bytes):
            return note
        check_size(shown, stream.size, job.limits)
        make_room(job.cache, job.cache_bytes, max(stream.size - stream.start, 0))
        partial.follow(stream)
        while block := stream.read(BLOCK_BYTES):
            check_cancelled(job.cancelled, shown)
            check_size(shown, partial.done + len(block), job.limits)
            partial.add(block)
            if job.on_progress is not None:
                job.on_progress(partial.done, stream.size)
    if stream.size and partial.done != stream.size:
        raise Broken(f"it ended after {partial.done} of {stream.size} bytes")
    return None


def _mark(mark: str, size: int) -> str:
    return f"{size} {mark}"
