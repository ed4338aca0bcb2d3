"""One chunk measured on this machine: fetched from the store, compared, and its scores kept there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from codek7.core.errors import Interrupted, PluginFailed
from codek7.core.hook_calls import failed
from codek7.core.hooks import Hooks
from codek7.core.measurement import Measurement
from codek7.core.ports import Store
from codek7.core.records import ScoreRecord, init_key, object_key, score_key
from codek7.core.scratch import own_folder
from codek7.core.tasks import MeasureTask, Update
from codek7.core.values import from_json, to_json


def measure_chunk(
    task: MeasureTask,
    tell: Callable[[Update], None],
    cancelled: Callable[[], bool],
    *,
    hooks: Hooks,
    store: Store,
    reference: Path,
    scratch: Path,
) -> None:
    """Measure a task's chunk against the reference's pictures; its record is told when it is safe.

    Raises `PluginFailed`, naming the meter and what it said, and `ObjectNotFound` without the chunk.
    """
    began = time.monotonic_ns()
    with own_folder(scratch) as folder:
        distorted = folder / "distorted.mp4"
        distorted.write_bytes(store.get(init_key(task.encoded)) + store.get(object_key(task.encoded)))
        found = hooks.measure(reference, distorted, task.metrics, every=task.every, cancelled=cancelled)
    if cancelled():
        raise Interrupted("measuring was cancelled")
    if found.raised:
        raise failed(*found.raised[0])
    record = ScoreRecord(
        key=task.key,
        measurements=_in_order(task, found.answers),
        wall_us=(time.monotonic_ns() - began) // 1000,
    )
    store.put(score_key(task.key), to_json(record))
    tell(record)


def _in_order(task: MeasureTask, found: Sequence[Measurement]) -> tuple[Measurement, ...]:
    by_metric = {(each.metric, each.model): each for each in found}
    missing = [metric.label for metric in task.metrics if (metric.name, metric.model) not in by_metric]
    if missing:
        raise PluginFailed(f"no meter gave {', '.join(missing)}, though one said that it can")
    return tuple(by_metric[metric.name, metric.model] for metric in task.metrics)


def find_scores(store: Store, key: str) -> ScoreRecord | None:
    """The scores that were kept under this key."""
    if store.stat(score_key(key)) is None:
        return None
    try:
        return from_json(store.get(score_key(key)), ScoreRecord)
    except msgspec.MsgspecError:  # another release wrote it: measured again, it is replaced
        return None
