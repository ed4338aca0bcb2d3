"""The hash of a local file, read once and remembered while the file stays as it is."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from codek7.core.errors import Interrupted, MediaRefused, MediaTooBig, MediaUnreadable, SourceNotFound
from codek7.core.media import Limits, Source
from codek7.core.values import content_hash
from codek7.sources.address import uri_of
from codek7.sources.notes import Note, Notes

OnProgress = Callable[[int, int], None]
"""Hears of the bytes read so far, and of how many there are (0 where nobody knows)."""
Cancelled = Callable[[], bool]

BLOCK_BYTES = 4 << 20
SETTLED_NS = 2_000_000_000
"""A file that changed this shortly before it was read may change again without getting another time: its hash
is not remembered."""

_KINDS = {
    stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}  # fmt: skip


def never() -> bool:
    """Nobody cancels."""
    return False


def hash_local(
    path: Path,
    cache: Path,
    *,
    limits: Limits,
    cancelled: Cancelled = never,
    on_progress: OnProgress | None = None,
) -> Source:
    """A local file as a source; symbolic links are followed, as whoever named it meant.

    The hash is remembered by path, device, inode, size and both times. Raises `SourceNotFound`,
    `MediaRefused` (no regular file), `MediaTooBig`, `MediaUnreadable` (it changes meanwhile), `Interrupted`.
    """
    try:
        real = path.resolve(strict=True)
        file = _open(real)
    except MediaRefused:
        raise
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceNotFound(f"cannot read {str(path)!r}: {reason}", hint="check the path") from None
    try:
        before = os.fstat(file)
        check_size(str(path), before.st_size, limits)
        notes, key, mark = Notes(cache / "hashes.json"), content_hash(os.fsencode(real).hex()), _mark(before)
        note = notes.find(key, mark)
        if note is None:
            began = time.time_ns()
            note = Note(
                mark=mark, sha256=_read(file, before, path, cancelled, on_progress), size_bytes=before.st_size
            )
            if began - max(before.st_mtime_ns, before.st_ctime_ns) >= SETTLED_NS:
                notes.keep(key, note)
    finally:
        os.close(file)
    return Source(uri=uri_of(path.absolute()), sha256=note.sha256, size_bytes=note.size_bytes)


def check_size(shown: str, size: int, limits: Limits) -> None:
    """Raises `MediaTooBig`."""
    if size > limits.max_size_bytes:
        raise MediaTooBig(
            f"{shown} has more than the limit of {limits.max_size_bytes} bytes",
            hint="raise limits.max_size_bytes if it is yours",
        )


def check_cancelled(cancelled: Cancelled, shown: str) -> None:
    """Raises `Interrupted`."""
    if cancelled():
        raise Interrupted(f"stopped while reading {shown}", hint="run it again")


def _open(path: Path) -> int:
    """Looked at before it is opened: opening a device may do something, and a pipe waits."""
    _check_kind(path, path.stat())
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check_kind(path, os.fstat(file))
    except MediaRefused:
        os.close(file)
        raise
    return file


def _check_kind(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "no regular file")
        raise MediaRefused(f"{str(path)!r} is {kind}", hint="give the media file itself")


def _mark(status: os.stat_result) -> str:
    """The status change time too: unlike the other it cannot be set back."""
    seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return "-".join(f"{number:x}" for number in seen)


def _read(
    file: int, before: os.stat_result, path: Path, cancelled: Cancelled, on_progress: OnProgress | None
) -> str:
    digest, done, block = hashlib.sha256(), 0, memoryview(bytearray(BLOCK_BYTES))
    while count := os.readv(file, [block]):
        check_cancelled(cancelled, str(path))
        digest.update(block[:count])
        done += count
        if on_progress is not None:
            on_progress(done, before.st_size)
        if done > before.st_size:
            break
    after = os.fstat(file)
    if done != before.st_size or (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise MediaUnreadable(
            f"{str(path)!r} changed while it was read", hint="try again when it is complete"
        )
    return digest.hexdigest()
