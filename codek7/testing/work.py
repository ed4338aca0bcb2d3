"""Encoding a clip as a job would, without a home: planned, task by task, into a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from codek7.core.hooks import Hooks
from codek7.core.ladder import Ladder
from codek7.core.media import Limits, Source
from codek7.core.pipeline.plan import WorkPlan, plan_work, tasks_for
from codek7.core.records import ChunkRecord
from codek7.core.settings import Settings
from codek7.core.tasks import Task, Update, Workspace
from codek7.hub import BUILTINS
from codek7.loading import load_builtins, new_manager

MEMORY_BYTES = 4_000_000_000


class Done(NamedTuple):
    """A clip, encoded: the plan, the tasks, the folder with the objects, the records by key, and all that was
    told."""

    plan: WorkPlan
    tasks: tuple[Task, ...]
    folder: Path
    records: dict[str, ChunkRecord]
    updates: list[Update]

    def joined(self, keys: tuple[str, ...]) -> Path:
        """The objects of a rendition behind their init section, as one file."""
        path = self.folder / f"joined-{keys[0]}.mp4"
        parts = [self.folder / f"{keys[0]}.init.mp4", *(self.folder / f"{key}.m4s" for key in keys)]
        path.write_bytes(b"".join(part.read_bytes() for part in parts))
        return path


def builtin_hooks() -> Hooks:
    """Hooks that only the built-ins answer: what surrounds a plugin under test."""
    pm = new_manager()
    list(load_builtins(pm, BUILTINS))
    hooks = Hooks(pm)
    hooks.configure(Settings())
    return hooks


def plan_clip(path: Path, ladder: Ladder) -> WorkPlan:
    """The work for a clip under a ladder, probed by the built-in prober."""
    body = path.read_bytes()
    return plan_work(
        Source(uri=path.as_uri(), sha256=hashlib.sha256(body).hexdigest(), size_bytes=len(body)),
        builtin_hooks().probe(path, Limits()),
        ladder,
        tools="test@1",
        limits=Limits(),
        filters=lambda rung, track: (),
    )


def encode_clip(
    hooks: Hooks,
    path: Path,
    ladder: Ladder,
    folder: Path,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    only: type = object,
) -> Done:
    """Everything of a clip under a ladder, or `only` one kind of task. When a record is told, its objects
    must be there and whole."""
    plan = plan_clip(path, ladder)
    tasks = tuple(task for task in tasks_for(plan, (), MEMORY_BYTES) if isinstance(task, only))
    done = Done(plan, tasks, folder, {}, [])

    def tell(update: Update) -> None:
        done.updates.append(update)
        if isinstance(update, ChunkRecord):
            done.records[update.key] = update
            assert (folder / f"{update.key}.m4s").stat().st_size == update.size_bytes
            if update.kind != "samples":
                assert (folder / f"{update.key}.init.mp4").stat().st_size == update.init_size

    for task in tasks:
        hooks.encode(task, Workspace(path, folder, tell, cancelled))
    return done
