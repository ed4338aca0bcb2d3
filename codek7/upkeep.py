"""Keeping a home tidy: removing assets, and freeing what nothing needs any more."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from codek7.core.assets import Asset, new_rotation, one_line
from codek7.core.edits import Edit, clean_edit, edit_tag
from codek7.core.errors import EditConflict, StateConflict
from codek7.core.events import AssetDecided, AssetEdited, Event, VersionMoved
from codek7.core.jobs import UNFINISHED
from codek7.core.pipeline.publish import withdraw
from codek7.core.ports import Catalog, Store
from codek7.core.records import ASSETS, WORK, init_key, object_key, record_key, score_key
from codek7.locks import collecting, curating, keeping
from codek7.sources import cache_of, forget

UNKNOWN_S = 3600
"""While an asset is worked on, objects of no row of the catalog are spared so long: they may be new."""
ALL_JOBS = 1_000_000_000


class Garbage(msgspec.Struct, frozen=True, kw_only=True):
    """What collecting frees: objects by key with their bytes, and versions that are no longer current.

    A published object and its work share bytes where the store can link, so less may be freed.
    """

    keys: tuple[str, ...] = ()
    size_bytes: int = 0
    versions: tuple[tuple[str, str], ...] = ()


def remove_asset(catalog: Catalog, store: Store, home: Path, asset_id: str) -> int:
    """Remove an asset's published objects, its rows, and what no other asset needs: work, and the copy of a
    source that came from elsewhere; how many objects.

    What viewers see goes first. Killed in the middle, it can be run again. Raises `AssetNotFound`.
    """
    asset = catalog.asset(asset_id)
    published = withdraw(store, asset_id)
    work = catalog.work_of(asset_id) | _tried(catalog, asset)
    catalog.remove(asset_id)
    if not catalog.assets(source_sha256=asset.source.sha256, limit=1):
        forget(cache_of(home), asset.source.sha256)
    freed = [key for unneeded in work - catalog.live_work() for key in _objects(unneeded) if store.stat(key)]
    store.remove(freed)
    return published + len(freed)


def _tried(catalog: Catalog, asset: Asset) -> frozenset[str]:
    """What studies of the asset's source left in the store, where no other asset is of it."""
    sha256 = asset.source.sha256
    if len(catalog.assets(source_sha256=sha256, limit=2)) > 1:
        return frozenset()
    return frozenset(
        key for trial in catalog.trials(sha256) for key in (*trial.chunk_keys, *trial.score_keys)
    )


def edit_asset(
    catalog: Catalog, store: Store, home: Path, asset_id: str, edit: Edit, *, by: str = "", unless: str = ""
) -> Asset:
    """Change what is said of an asset, or who may see it; one that becomes private gets new URLs, and all
    that were given out before are worthless at once.

    Raises `AssetNotFound`, `UsageError` for values that do not fit, and `EditConflict` where `unless` is
    given and is not the asset's `edit_tag` any more.
    """
    edit = clean_edit(edit)
    with keeping(home), curating(home, asset_id):
        asset = catalog.asset(asset_id)
        if unless and unless != edit_tag(asset):
            raise EditConflict(f"asset {asset_id} was edited meanwhile", hint="read it again, then edit that")
        events: list[Event] = [AssetEdited(asset_id=asset_id, edit=edit, by=by)] if edit.changes() else []
        if edit.visibility == "private" and asset.visibility != "private" and asset.version:
            events.append(_move(store, asset))
        if events:
            catalog.apply("", events)
    if len(events) > 1:
        finish_withdrawals(catalog, store, asset_id)
    return catalog.asset(asset_id)


def move_version(catalog: Catalog, store: Store, home: Path, asset_id: str) -> Asset:
    """Give what is published of an asset new URLs, and take all before back, at once. Killed in the middle,
    either nothing has changed, or the next start or collection takes back what is left to be.

    Raises `AssetNotFound`, and `StateConflict` where nothing is published.
    """
    with keeping(home), curating(home, asset_id):
        asset = catalog.asset(asset_id)
        if not asset.version:
            raise StateConflict(f"nothing is published of asset {asset_id}")
        catalog.apply("", [_move(store, asset)])
    finish_withdrawals(catalog, store, asset_id)
    return catalog.asset(asset_id)


def decide(
    catalog: Catalog, store: Store, home: Path, asset_id: str, decision: Literal["allow", "block"],
    *, reason: str = "", by: str = "",
) -> Asset:  # fmt: skip
    """A person's decision, which stands over moderators. A blocked asset is gone from every URL at once; one
    that is allowed waits for its next job, which encodes nothing again. Raises `AssetNotFound`."""
    with curating(home, asset_id):
        decided = AssetDecided(
            asset_id=asset_id, decision=decision, reason=one_line(reason), by=by, rotation=new_rotation()
        )
        catalog.apply("", [decided])
        if decision == "block":
            withdraw(store, asset_id)
    finish_withdrawals(catalog, store, asset_id)
    return catalog.asset(asset_id)


def finish_withdrawals(catalog: Catalog, store: Store, asset_id: str = "") -> None:
    """Remove what is left of versions that were taken back: of one asset, or of all."""
    for asset, version, _, _ in catalog.versions(asset_id=asset_id, withdrawn=True):
        store.remove(_hidden_first(store.keys(_folder_of(asset, version))))
        catalog.forget_version(asset, version)


def _move(store: Store, asset: Asset) -> VersionMoved:
    """Copy what is published under a new name, its main playlist last; the event that makes it current."""
    rotation = new_rotation()
    version = asset.version.removesuffix(asset.rotation) + rotation
    old, new = _folder_of(asset.id, asset.version), _folder_of(asset.id, version)
    for key in reversed(_hidden_first(key for key in store.keys(old) if key != asset.playlist)):
        store.copy(key, new + key.removeprefix(old))
    playlist = new + asset.playlist.removeprefix(old)
    store.copy(asset.playlist, playlist)
    return VersionMoved(
        asset_id=asset.id,
        was=asset.version,
        version=version,
        playlist=playlist,
        url=store.public_url(playlist),
        rotation=rotation,
    )


def _hidden_first(keys: Iterable[str]) -> list[str]:
    """Playlists before what they refer to: the order in which published objects go."""
    return sorted(keys, key=lambda key: not key.endswith(".m3u8"))


def collect_garbage(
    catalog: Catalog, store: Store, home: Path, *, grace_s: int, dry_run: bool = False
) -> Garbage:
    """Free versions retired for longer than the grace, and what nothing needs and is as old: previews, work,
    folders of no asset. With `dry_run`, only say what that is. Jobs may run meanwhile."""
    with collecting(home):
        garbage = _find_garbage(catalog, store, grace_s)
        if not dry_run:
            _free(catalog, store, garbage)
    return garbage


def _find_garbage(catalog: Catalog, store: Store, grace_s: int) -> Garbage:
    now_us = time.time_ns() // 1000
    before_us = now_us - grace_s * 1_000_000
    versions = catalog.versions()
    old = tuple((asset, name) for asset, name, current, at in versions if not current and at <= before_us)
    retired = {_folder_of(*each) for each in old}
    kept = {_folder_of(asset, version) for asset, version, _, _ in versions} - retired
    working = {job.asset_id for job in catalog.jobs(states=UNFINISHED, limit=ALL_JOBS)}
    live = catalog.live_work(old)

    def unneeded() -> Iterator[tuple[str, int]]:
        """Keys, and since when an object of this key must have been there."""
        for key in store.keys(ASSETS):
            folder = key.split("/")[:3]
            if _folder_of(*folder[1:]) in retired:
                yield key, now_us
            elif _folder_of(*folder[1:]) not in kept and folder[1] not in working:
                yield key, before_us
        known_us = min(before_us, now_us - UNKNOWN_S * 1_000_000) if working else before_us
        for key in store.keys(WORK):
            if key.rpartition("/")[2].partition(".")[0] not in live:
                yield key, known_us

    found = ((key, store.stat(key), since_us) for key, since_us in unneeded())
    sizes = {key: stat.size_bytes for key, stat, since_us in found if stat and stat.modified_us <= since_us}
    return Garbage(keys=tuple(sizes), size_bytes=sum(sizes.values()), versions=old)


def _free(catalog: Catalog, store: Store, garbage: Garbage) -> None:
    """A record goes before its object: nothing is taken for done that is not whole."""
    store.remove(sorted(garbage.keys, key=lambda key: not key.endswith((".json", ".m3u8"))))
    for asset_id, version in garbage.versions:
        catalog.forget_version(asset_id, version)


def _folder_of(asset_id: str, version: str) -> str:
    return f"{ASSETS}{asset_id}/{version}/"


def _objects(work: str) -> Iterator[str]:
    yield record_key(work)
    yield object_key(work)
    yield init_key(work)
    yield score_key(work)
