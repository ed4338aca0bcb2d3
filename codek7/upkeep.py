"""Keeping a home tidy: removing assets, and freeing what nothing needs any more."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from codek7.core.ports import Catalog, Store
from codek7.core.records import init_key, object_key, record_key

WORK = "work/"
ASSETS = "assets/"


class Garbage(msgspec.Struct, frozen=True, kw_only=True):
    """What collecting would free: objects by key with their bytes, and versions that are no longer current.

    A published object and its work share bytes where the store can link, so less may be freed.
    """

    keys: tuple[str, ...] = ()
    size_bytes: int = 0
    versions: tuple[tuple[str, str], ...] = ()


def remove_asset(catalog: Catalog, store: Store, asset_id: str) -> int:
    """Remove an asset's published objects, its rows, and work that no other asset needs; how many objects.

    What viewers see goes first. Killed in the middle, it can be run again. Raises `AssetNotFound`.
    """
    catalog.asset(asset_id)
    published = sorted(store.keys(f"{ASSETS}{asset_id}/"), key=lambda key: not key.endswith(".m3u8"))
    store.remove(published)
    work = catalog.work_of(asset_id)
    catalog.remove(asset_id)
    freed = [key for unneeded in work - catalog.live_work() for key in _objects(unneeded)]
    store.remove(freed)
    return len(published) + len(freed)


def find_garbage(catalog: Catalog, store: Store, *, grace_s: int) -> Garbage:
    """Versions retired for longer than the grace, previews, folders of no asset, and unneeded work as old."""
    before_us = time.time_ns() // 1000 - grace_s * 1_000_000
    old = tuple(
        (asset_id, version)
        for asset_id, version, current, retired_us in catalog.versions()
        if not current and retired_us < before_us
    )
    kept = {f"{ASSETS}{asset_id}/{version}/" for asset_id, version, _, _ in catalog.versions()}
    kept -= {f"{ASSETS}{asset_id}/{version}/" for asset_id, version in old}
    live = catalog.live_work()
    unneeded = [key for key in store.keys(ASSETS) if _folder(key) not in kept]
    unneeded += [key for key in store.keys(WORK) if key.rpartition("/")[2].partition(".")[0] not in live]
    stats = ((key, store.stat(key)) for key in unneeded)
    retired = {f"{ASSETS}{asset_id}/{version}/" for asset_id, version in old}
    found = [
        (key, stat.size_bytes)
        for key, stat in stats
        if stat and (stat.modified_us < before_us or _folder(key) in retired)
    ]
    return Garbage(
        keys=tuple(key for key, _ in found), size_bytes=sum(size for _, size in found), versions=old
    )


def collect(catalog: Catalog, store: Store, garbage: Garbage) -> None:
    """Remove garbage. A record goes before its object: nothing is taken for done that is not whole."""
    store.remove(sorted(garbage.keys, key=lambda key: not key.endswith((".json", ".m3u8"))))
    for asset_id, version in garbage.versions:
        catalog.forget_version(asset_id, version)


def _folder(key: str) -> str:
    """The version's folder that a published object is in."""
    return "/".join(key.split("/")[:3]) + "/"


def _objects(work: str) -> Iterator[str]:
    yield record_key(work)
    yield object_key(work)
    yield init_key(work)
