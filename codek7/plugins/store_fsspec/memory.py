"""A store in this process's memory, for tests and notebooks; fsspec's `memory://` sees the same objects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from codek7.core.errors import ObjectNotFound, StoreUnavailable
from codek7.core.keys import check_key, check_prefix, check_range
from codek7.core.ports import Stat


class MemoryStore:
    """Objects below a path of fsspec's memory file system, which all of a process shares."""

    def __init__(self, name: str) -> None:
        from fsspec.implementations.memory import MemoryFileSystem

        self._fs: Any = MemoryFileSystem(skip_instance_cache=True)
        self._root = f"/{name}/" if name else "/"

    def __repr__(self) -> str:
        return f"MemoryStore({self.url!r})"

    @property
    def url(self) -> str:
        """`memory://` and the name."""
        return "memory://" + self._root.strip("/")

    def put(self, key: str, body: bytes) -> None:
        """See `Store.put`."""
        self._write(self._path(key), bytes(body))

    def put_file(self, key: str, path: Path) -> None:
        """See `Store.put_file`; the file stays where it is."""
        at = self._path(key)
        try:
            body = path.read_bytes()
        except OSError as error:
            raise StoreUnavailable(f"cannot store {str(path)!r} as {key!r}: {error.strerror}") from error
        self._write(at, body)

    def get(self, key: str, start: int = 0, length: int | None = None) -> bytes:
        """See `Store.get`."""
        check_range(start, length)
        try:
            file = self._fs.store[self._path(key)]
        except KeyError:
            raise ObjectNotFound(f"no object {key!r} in {self.url}") from None
        return bytes(file.getbuffer()[start : None if length is None else start + length])

    def stat(self, key: str) -> Stat | None:
        """See `Store.stat`."""
        file = self._fs.store.get(self._path(key))
        if file is None:
            return None
        body = file.getbuffer()
        return Stat(len(body), hashlib.sha256(body).hexdigest(), int(file.created.timestamp() * 1_000_000))

    def copy(self, key: str, to: str) -> None:
        """See `Store.copy`."""
        check_key(to)
        self.put(to, self.get(key))

    def keys(self, prefix: str) -> Iterator[str]:
        """See `Store.keys`."""
        check_prefix(prefix)
        begins = self._root + prefix
        found = sorted(path for path in tuple(self._fs.store) if path.startswith(begins))
        return iter([path.removeprefix(self._root) for path in found])

    def remove(self, keys: Sequence[str]) -> None:
        """See `Store.remove`."""
        for path in [self._path(key) for key in keys]:
            self._fs.store.pop(path, None)

    def local_path(self, key: str) -> Path | None:
        """None: these are no files."""
        check_key(key)
        return None

    def public_url(self, key: str) -> str:
        """For fsspec in this process."""
        check_key(key)
        return "memory:/" + self._path(key)

    def _write(self, path: str, body: bytes) -> None:
        """In one step, and flat as a bucket is: an object may lie below another."""
        from fsspec.implementations.memory import MemoryFile

        MemoryFile(self._fs, path, body).commit()

    def _path(self, key: str) -> str:
        check_key(key)
        return self._root + key
