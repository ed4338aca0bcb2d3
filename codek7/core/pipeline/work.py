"""One task done on this machine: encoded in a scratch folder, its objects stored, each record last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from codek7.core.errors import NO_SPACE, DiskFull, InitDiffers, PluginFailed
from codek7.core.hooks import Hooks
from codek7.core.ports import Store
from codek7.core.records import ChunkRecord, init_key, object_key, record_key
from codek7.core.scratch import own_folder
from codek7.core.tasks import MediaTask, Update, Workspace
from codek7.core.values import from_json, to_json


def perform(
    task: MediaTask,
    tell: Callable[[Update], None],
    cancelled: Callable[[], bool],
    *,
    hooks: Hooks,
    store: Store,
    source: Path,
    scratch: Path,
) -> None:
    """Encode a task and store what it makes. A record is told only when its objects are safe.

    Raises `DiskFull` where that is what stopped the task, whoever noticed, and what `Hooks.encode` raises.
    """
    inits: dict[str, str] = {}

    def keep(folder: Path, update: Update) -> None:
        if isinstance(update, ChunkRecord):
            _refuse_other_init(inits, task, update)
            _store(store, folder, update)
        tell(update)

    try:
        with own_folder(scratch) as folder:
            hooks.encode(task, Workspace(source, folder, partial(keep, folder), cancelled))
    except (OSError, PluginFailed) as error:
        if _is_full(error):
            hint = "free some, then run the same command again: it resumes"
            raise DiskFull(f"no space is left in {scratch}", hint=hint) from error
        raise


def _is_full(error: OSError | PluginFailed) -> bool:
    """Whether the system refused to write more, be it to a plugin."""
    cause = error.__cause__ if isinstance(error, PluginFailed) else error
    return isinstance(cause, OSError) and cause.errno in NO_SPACE


def _refuse_other_init(inits: dict[str, str], task: MediaTask, record: ChunkRecord) -> None:
    """All chunks of one sound come from one encoder; another init section means it is broken."""
    if record.kind == "audio" and inits.setdefault(record.kind, record.init_sha256) != record.init_sha256:
        raise InitDiffers(f"track {task.track.index}: the init section changed within a rendition")


def _store(store: Store, folder: Path, record: ChunkRecord) -> None:
    if find_record(store, record.key) is not None:
        return
    if record.init_sha256:
        store.put_file(init_key(record.key), folder / f"{record.key}.init.mp4")
    store.put_file(object_key(record.key), folder / f"{record.key}.m4s")
    store.put(record_key(record.key), to_json(record))


def find_record(store: Store, key: str) -> ChunkRecord | None:
    """The record of finished work, if its objects are there too."""
    if store.stat(record_key(key)) is None:
        return None
    try:
        record = from_json(store.get(record_key(key)), ChunkRecord)
    except msgspec.MsgspecError:  # another release wrote it: made again, it is replaced
        return None
    found = store.stat(object_key(key))
    whole = found is not None and found.size_bytes == record.size_bytes
    if record.init_sha256:
        whole = whole and store.stat(init_key(key)) is not None
    return record if whole else None
