"""The engine of a home: the pipeline's tools, put together from an open hub."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path

from codek7.core.assets import Asset
from codek7.core.measurement import never
from codek7.core.pipeline.ingest import Checked, Engine
from codek7.core.pipeline.measure import measure_chunk
from codek7.core.pipeline.publish import PackageReader
from codek7.core.pipeline.work import perform
from codek7.core.scratch import sweep_scratch
from codek7.core.tasks import MeasureTask, ReferenceTask, Task, Update, Workspace
from codek7.ffmpeg.machine import memory_bytes, usable_cores
from codek7.ffmpeg.program import find_ffmpeg
from codek7.hub import Hub
from codek7.locks import curating, keeping
from codek7.sources import cache_of, hold, open_local, open_reference


@contextmanager
def open_engine(hub: Hub) -> Iterator[Engine]:
    """The engine, until the block ends. What still runs then is ended, process groups included."""
    # What is needed last loads while the prober, in a process of its own, is waited for: a fifth of a second.
    threading.Thread(target=import_module, args=("codek7.check",), daemon=True).start()
    scratch = hub.home / "scratch"
    sweep_scratch(scratch)
    executor = hub.hooks.make_executor(hub.settings, partial(_run_task, hub, scratch))
    try:
        yield Engine(
            hooks=hub.hooks,
            store=hub.store,
            executor=executor,
            settings=hub.settings,
            check=_check,
            tools=tools_signature(hub),
            memory_bytes=_memory_budget(hub),
            keeping=partial(keeping, hub.home),
            curating=partial(_curating, hub),
        )
    finally:
        executor.shutdown(cancel=True)


@contextmanager
def _curating(hub: Hub, asset_id: str) -> Iterator[Asset]:
    with curating(hub.home, asset_id):
        yield hub.catalog.asset(asset_id)


def _memory_budget(hub: Hub) -> int:
    """What one process's pictures may take. Encoders map about twice what they use, and the limit on a
    process counts all of it."""
    at_once = (hub.settings.cores or usable_cores()) + 1
    asked = hub.settings.memory_mb * 1_000_000 or memory_bytes() // (at_once + 1)
    return min(asked, hub.settings.limits.max_memory_bytes // 2)


def _run_task(
    hub: Hub, scratch: Path, task: Task, tell: Callable[[Update], None], cancelled: Callable[[], bool]
) -> None:
    cache = source_cache(hub)
    cache_bytes = hub.settings.cache_mb * 1_000_000
    source = open_local(task.source, cache, cache_bytes=cache_bytes, cancelled=cancelled)
    with hold(source, cache):
        if not isinstance(task, MeasureTask):
            perform(task, tell, cancelled, hooks=hub.hooks, store=hub.store, source=source, scratch=scratch)
            return
        with reference_file(hub, task.reference, source, cancelled) as reference:
            measure_chunk(
                task,
                tell,
                cancelled,
                hooks=hub.hooks,
                store=hub.store,
                reference=reference,
                scratch=scratch,
            )


def reference_file(
    hub: Hub, task: ReferenceTask, source: Path, cancelled: Callable[[], bool] = never
) -> AbstractContextManager[Path]:
    """What the rungs of a chunk are compared with, as a file of this machine until the block ends."""

    def make(folder: Path) -> None:
        hub.hooks.encode(task, Workspace(source, folder, _ignore, cancelled))

    return open_reference(
        task,
        source_cache(hub),
        make,
        cache_bytes=hub.settings.cache_mb * 1_000_000,
        cancelled=cancelled,
    )


def _ignore(_: Update) -> None:
    """How a reference comes about is nobody's business: it is no part of a presentation."""


def source_cache(hub: Hub) -> Path:
    """Where remote sources are kept while they are needed."""
    return cache_of(hub.home)


def tools_signature(hub: Hub) -> str:
    """Signs whatever decides an encoder's bytes: the program, and plugins that encode or add filters."""
    added = (
        f"{plugin.name}@{plugin.version}"
        for plugin in hub.plugins
        if plugin.origin != "built-in"
        and not plugin.error
        and {"codek7_encode", "codek7_filters"} & set(plugin.hooks)
    )
    return " ".join([find_ffmpeg(hub.settings.ffmpeg).signature, *sorted(added)])


def _check(main: str, read: PackageReader) -> Checked:
    from codek7.check import check_presentation

    report = check_presentation(main, fetch=read)
    return Checked(
        faults=tuple(map(str, report.faults)),
        advice=tuple(map(str, report.advice)),
        playlists=report.playlists,
        segments=report.segments,
    )
