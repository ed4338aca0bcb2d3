"""Making a packaged presentation visible: objects first, playlists then, the main playlist last."""

from __future__ import annotations

from typing import NamedTuple

from codek7.core.errors import ObjectNotFound
from codek7.core.ports import Store
from codek7.core.presentation import Package
from codek7.core.records import ASSETS


class PackageReader:
    """Reads a package before it is published: small files from memory, linked objects from the store."""

    def __init__(self, package: Package, store: Store) -> None:
        self._package, self._store = package, store

    def __call__(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes of one of the package's paths. Raises `ObjectNotFound`."""
        if path in self._package.files:
            body = self._package.files[path]
            return body[start:] if length is None else body[start : start + length]
        if path in self._package.links:
            return self._store.get(self._package.links[path], start, length)
        raise ObjectNotFound(f"the presentation has no {path}")


class Written(NamedTuple):
    """A presentation in the store: the key of its main playlist, and all bytes under its folder."""

    playlist: str
    size_bytes: int


def write_package(package: Package, store: Store, prefix: str) -> Written:
    """Put a package under `prefix`. Until the main playlist is there, nothing refers to the rest."""
    size = 0
    for path, key in package.links.items():
        found = store.stat(key)
        if found is None:
            raise ObjectNotFound(f"{key} is gone from the store")
        size += found.size_bytes
        store.copy(key, f"{prefix}/{path}")
    main = f"{prefix}/{package.main}"
    for path, body in package.files.items():
        size += len(body)
        if path != package.main:
            store.put(f"{prefix}/{path}", body)
    store.put(main, package.files[package.main])
    return Written(main, size)


def withdraw(store: Store, asset_id: str) -> int:
    """Make an asset invisible: all its versions and previews go, playlists first; how many objects."""
    published = sorted(store.keys(f"{ASSETS}{asset_id}/"), key=lambda key: not key.endswith(".m3u8"))
    store.remove(published)
    return len(published)
