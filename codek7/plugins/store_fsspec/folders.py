"""Steps inside a folder that cannot be led out of it: every name is opened relative to its open parent, and
none is followed where it is a symbolic link."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)
_BLOCK = 1 << 20


class Entry(NamedTuple):
    """A name in a folder. Symbolic links, pipes and devices are none."""

    name: str
    is_folder: bool


def sync_folder(folder: int) -> None:
    """Make what was renamed in an open folder survive a loss of power, where the file system can."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def make_root(root: Path) -> None:
    """Make the folder, which others may read as far as this process' mask lets them (a web server does); and
    the missing ones above it, a home among them, for their owner alone."""
    missing = [folder for folder in (root, *root.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=0o777 if folder == root else 0o700, exist_ok=True)
        parent = os.open(folder.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sync_folder(parent)
        finally:
            os.close(parent)


@contextlib.contextmanager
def open_folder(root: Path, parts: Sequence[str], *, create: bool = False) -> Iterator[int]:
    """The folder below `root` as a descriptor.

    Raises `FileNotFoundError` where it is missing (with `create`: where somebody removes it meanwhile) and
    `NotADirectoryError` where a part is no folder, a symbolic link to one included.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            parent, folder = folder, _step(folder, part, create=create)
            os.close(parent)
        yield folder
    finally:
        os.close(folder)


def _step(folder: int, part: str, *, create: bool) -> int:
    try:
        return _open_child(folder, part)
    except FileNotFoundError:
        if not create:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(part, dir_fd=folder)
        sync_folder(folder)
    return _open_child(folder, part)


def _open_child(folder: int, part: str) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:  # macOS says so of a symbolic link; Linux says ENOTDIR
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), part) from error
        raise


def entries(root: Path, parts: Sequence[str]) -> list[Entry]:
    """Files and folders, sorted as the keys below them sort; none where the folder is gone."""
    try:
        with open_folder(root, parts) as folder, os.scandir(folder) as found:
            named = [
                Entry(entry.name, entry.is_dir(follow_symlinks=False))
                for entry in found
                if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(named, key=lambda entry: entry.name + "/" * entry.is_folder)


def prune(root: Path, parts: Sequence[str]) -> None:
    """Remove the folder, and those above it up to `root`, as far as they are empty. A folder that gets a
    file meanwhile stays: removing a folder that is not empty fails as a whole."""
    for depth in range(len(parts), 0, -1):
        try:
            with open_folder(root, parts[: depth - 1]) as folder:
                os.rmdir(parts[depth - 1], dir_fd=folder)
        except OSError:
            return


def copy_bytes(source: int, target: int) -> None:
    """Copy an open file into an empty one: shared blocks or a copy inside the kernel where that works."""
    if hasattr(os, "copy_file_range"):
        with contextlib.suppress(OSError):
            while os.copy_file_range(source, target, 1 << 30):
                pass
    done = os.lseek(target, 0, os.SEEK_END)
    while block := os.pread(source, _BLOCK, done):
        write_all(target, block)
        done += len(block)


def write_all(target: int, body: bytes) -> None:
    """Write everything; one call of the system may take less."""
    left = memoryview(body)
    while left:
        left = left[os.write(target, left) :]
