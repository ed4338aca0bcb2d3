"""A store in a folder of this machine.

An object is written aside, synced, and renamed over its name; then its folder is synced. fsspec's local
file system does none of the syncing, so this speaks to the operating system itself.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from codek7.core.errors import DiskFull, KeyInvalid, ObjectNotFound, StoreUnavailable
from codek7.core.keys import check_key, check_prefix, check_range, is_part
from codek7.core.ports import Stat
from codek7.plugins.store_fsspec.folders import (
    copy_bytes,
    entries,
    make_root,
    open_folder,
    prune,
    sync_folder,
    write_all,
)

ASIDE = ".tmp~"
"""The folder for files being written. No key can name it: `~` is in none."""
STALE_S = 86_400
"""Files there that nobody wrote to for so long were left behind by a crash."""

_TRIES = 100
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CANNOT_LINK = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS)
_CANNOT_MOVE = (errno.EXDEV, errno.EPERM, errno.EACCES)
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LocalStore:
    """Objects as files below a folder, which is made when the first is written. Files and folders get the
    modes that the process's umask leaves."""

    def __init__(self, root: Path) -> None:
        self._root = Path(os.path.realpath(root))
        self._swept = False

    def __repr__(self) -> str:
        return f"LocalStore({self.url!r})"

    @property
    def url(self) -> str:
        """`file://` and the folder's path."""
        return self._root.as_uri()

    def put(self, key: str, body: bytes) -> None:
        """See `Store.put`. Raises `DiskFull`; the object that was there before then stays."""
        check_key(key)
        with self._doing("write", key), self._aside() as (file, publish):
            write_all(file, body)
            publish(key)

    def put_file(self, key: str, path: Path) -> None:
        """See `Store.put_file`. The file is moved when it is on the store's file system, is ours and has no
        second name; else it is copied."""
        check_key(key)
        with self._doing("write", key), self._aside() as (file, publish):
            if not self._move(path, key, mode=stat.S_IMODE(os.fstat(file).st_mode)):
                with path.open("rb") as source:
                    copy_bytes(source.fileno(), file)
                publish(key)

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See `Store.get`."""
        check_range(start, length)
        with self._doing("read", key), os.fdopen(self._open(key), "rb") as file:
            file.seek(start)
            return file.read() if length is None else file.read(length)

    def stat(self, key: str) -> Stat | None:
        """See `Store.stat`."""
        try:
            with self._doing("look at", key):
                file = self._open(key)
        except ObjectNotFound:
            return None
        found = os.fstat(file)
        os.close(file)
        etag = f"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"
        return Stat(found.st_size, etag, found.st_mtime_ns // 1000)

    def copy(self, key: str, to: str) -> None:
        """See `Store.copy`: a hard link, or a copy where the file system has no room or sense for one."""
        check_key(to)
        with self._doing("copy", key):
            file = self._open(key)
            try:
                self._copy(file, key, to)
            finally:
                os.close(file)

    def keys(self, prefix: str) -> Iterator[str]:
        """See `Store.keys`."""
        check_prefix(prefix)
        *folders, begins = prefix.split("/")
        return self._walk(tuple(folders), begins)

    def remove(self, keys: Sequence[str]) -> None:
        """See `Store.remove`. Folders that become empty go too."""
        for key in keys:
            check_key(key)
        touched = {self._unlink(key) for key in keys}
        for folders in touched:
            prune(self._root, folders)

    def local_path(self, key: str) -> Path | None:
        """The object's file. Raises `ObjectNotFound`."""
        with self._doing("look at", key):
            os.close(self._open(key))
        return self._root / key

    def public_url(self, key: str) -> str:
        """The file's URL."""
        check_key(key)
        return (self._root / key).as_uri()

    def _open(self, key: str) -> int:
        """The object's descriptor. Only a regular file is an object; a pipe is not waited for."""
        check_key(key)
        *folders, name = key.split("/")
        try:
            with open_folder(self._root, folders) as folder:
                file = os.open(name, _READ, dir_fd=folder)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO):
                raise ObjectNotFound(f"no object {key!r} in {self.url}") from None
            raise
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise ObjectNotFound(f"no object {key!r} in {self.url}")
        return file

    def _walk(self, folders: tuple[str, ...], begins: str) -> Iterator[str]:
        with self._doing("list", "/".join(folders)):
            found = entries(self._root, folders)
        for entry in found:
            if not is_part(entry.name) or not entry.name.startswith(begins):
                continue
            below = (*folders, entry.name)
            if entry.is_folder:
                yield from self._walk(below, "")
            else:
                yield "/".join(below)

    def _unlink(self, key: str) -> tuple[str, ...]:
        *folders, name = key.split("/")
        with self._doing("remove", key):
            try:
                with open_folder(self._root, folders) as folder:
                    if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                        os.unlink(name, dir_fd=folder)
                        sync_folder(folder)
            except (FileNotFoundError, NotADirectoryError):
                pass
        return tuple(folders)

    @contextlib.contextmanager
    def _aside(self) -> Iterator[tuple[int, Callable[[str], None]]]:
        """An empty file that nobody sees, and what gives it to a key; without that it is removed."""
        make_root(self._root)
        with open_folder(self._root, (ASIDE,), create=True) as aside:
            self._sweep(aside)
            name = secrets.token_hex(16)
            file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=aside)

            def publish(key: str) -> None:
                _settle(file)
                self._place(key, lambda to, folder: os.replace(name, to, src_dir_fd=aside, dst_dir_fd=folder))

            try:
                yield file, publish
            finally:
                os.close(file)
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=aside)

    def _sweep(self, aside: int) -> None:
        """Once for each store object, remove what crashed writers left."""
        if self._swept:
            return
        self._swept = True
        oldest = time.time() - STALE_S
        with os.scandir(aside) as found:
            for entry in found:
                with contextlib.suppress(OSError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        os.unlink(entry.name, dir_fd=aside)

    def _place(self, key: str, move: Callable[[str, int], None]) -> None:
        """Give a finished file its name. A folder that somebody prunes in this moment is made again."""
        *folders, name = key.split("/")
        for attempt in range(_TRIES):
            try:
                with open_folder(self._root, folders, create=True) as folder:
                    move(name, folder)
                    sync_folder(folder)
                return
            except FileNotFoundError:
                if attempt + 1 == _TRIES:
                    raise
            except (NotADirectoryError, IsADirectoryError) as error:
                raise KeyInvalid(
                    f"{key!r} cannot be an object of {self.url}: something else is in its place",
                    hint="a key of a folder store is no beginning of another's path, and no symbolic link",
                ) from error

    def _move(self, path: Path, key: str, *, mode: int) -> bool:
        """Whether the file could be moved to the key instead of copied."""
        try:
            file = os.open(path, _READ)
        except OSError as error:
            if error.errno == errno.ELOOP:  # a symbolic link: what it points to is not ours to move
                return False
            raise
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise StoreUnavailable(f"cannot store {os.fspath(path)!r}: it is no regular file")
            if found.st_nlink != 1 or found.st_uid != os.geteuid():
                return False
            os.fchmod(file, mode)
            _settle(file)
            self._place(key, lambda to, folder: os.replace(path, to, dst_dir_fd=folder))
        except OSError as error:
            if error.errno in _CANNOT_MOVE:
                return False
            raise
        finally:
            os.close(file)
        return True

    def _copy(self, file: int, key: str, to: str) -> None:
        """Link aside and rename, because a link cannot replace what is there."""
        *folders, name = key.split("/")
        linked = secrets.token_hex(16)
        make_root(self._root)
        with open_folder(self._root, (ASIDE,), create=True) as aside:
            try:
                with open_folder(self._root, folders) as folder:
                    os.link(name, linked, src_dir_fd=folder, dst_dir_fd=aside, follow_symlinks=False)
            except FileNotFoundError:
                raise ObjectNotFound(f"no object {key!r} in {self.url}: it was removed just now") from None
            except OSError as error:
                if error.errno not in _CANNOT_LINK:
                    raise
                self._copy_bytes(file, to)
                return
            try:
                self._place(to, lambda at, there: os.replace(linked, at, src_dir_fd=aside, dst_dir_fd=there))
            finally:  # renaming a link over another link of the same file does nothing: both stay
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(linked, dir_fd=aside)

    def _copy_bytes(self, file: int, to: str) -> None:
        with self._aside() as (copied, publish):
            copy_bytes(file, copied)
            publish(to)

    @contextlib.contextmanager
    def _doing(self, verb: str, key: str) -> Iterator[None]:
        """What the operating system says, as an error of the store."""
        try:
            yield
        except (ObjectNotFound, KeyInvalid, StoreUnavailable):
            raise
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno in _FULL:
                raise DiskFull(
                    f"cannot {verb} {key!r} in {self.url}: {reason}", hint="free some space and run it again"
                ) from error
            raise StoreUnavailable(
                f"cannot {verb} {key!r} in {self.url}: {reason}",
                hint="check the folder, its disk and its owner",
            ) from error


def _settle(file: int) -> None:
    """Put the bytes on the disk, stamped with a time that no two writes share (the file system's own clock
    ticks in milliseconds): size, inode and time are the object's etag."""
    now = time.time_ns()
    os.utime(file, ns=(now, now))
    os.fsync(file)
