"""The runner: takes events from the pipeline, commits them, tells listeners, and passes them on."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from codek7.core.events import Event, PluginRaised, WorkProgressed
from codek7.core.hooks import Hooks
from codek7.core.pipeline.encode import Batch
from codek7.core.ports import Catalog


def run_job(batches: Iterator[Batch], job_id: str, *, catalog: Catalog, hooks: Hooks) -> Iterator[Event]:
    """Every event, after its effect is in the catalog. Closing it early closes the pipeline."""
    try:
        for batch in batches:
            lasting = [event for event in batch if not isinstance(event, WorkProgressed)]
            if lasting:
                catalog.apply(job_id, lasting)
            for event in batch:
                yield event
                yield from _tell(event, job_id, catalog, hooks)
    finally:
        if isinstance(batches, Generator):
            batches.close()


def _tell(event: Event, job_id: str, catalog: Catalog, hooks: Hooks) -> Iterator[Event]:
    """Listeners that raised, as events of their own (which listeners are not told: one could loop)."""
    raised = [
        PluginRaised(asset_id=event.asset_id, plugin=each.plugin, hook=each.hook, message=each.message)
        for each in hooks.on_event(event)
    ]
    if raised:
        catalog.apply(job_id, raised)
    yield from raised
