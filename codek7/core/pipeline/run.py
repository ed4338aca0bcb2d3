"""The runner: takes events from the pipeline, commits them, tells listeners, and passes them on."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator

from codek7.core.errors import Codek7Error, Interrupted
from codek7.core.events import (
    AssetHeld,
    AssetPublished,
    AssetRefused,
    Event,
    JobFailed,
    PluginRaised,
    WorkProgressed,
)
from codek7.core.hooks import Hooks
from codek7.core.pipeline.encode import Batch
from codek7.core.ports import Catalog

ENDINGS = (AssetPublished, AssetHeld, AssetRefused, JobFailed)
"""Every job ends with one of these."""
log = logging.getLogger("codek7")


def run_job(
    batches: Iterator[Batch], asset_id: str, job_id: str, *, catalog: Catalog, hooks: Hooks
) -> Generator[Event, None, None]:
    """Every event, after its effect is in the catalog.

    Closing it early, or an interrupt, closes the pipeline, and the job is noted as interrupted. What should
    never be raised ends the job too, as its last event.
    """
    ended = False
    try:
        for batch in batches:
            ended = any(isinstance(event, ENDINGS) for event in batch)
            yield from _commit(batch, job_id, catalog, hooks)
    except Exception as error:
        ended = True
        if isinstance(error, Codek7Error):  # the catalog's (the pipeline's are events): nothing can be noted
            raise
        log.exception("job %s of asset %s failed", job_id, asset_id)
        failure = JobFailed(
            asset_id=asset_id, code=Codek7Error.code, message=f"{type(error).__name__}: {error}"
        )
        yield from _commit((failure,), job_id, catalog, hooks)
    finally:
        if isinstance(batches, Generator):
            batches.close()
        if not ended:
            stopped = JobFailed(asset_id=asset_id, code=Interrupted.code, message="stopped before its end")
            catalog.apply(job_id, [stopped])


def _commit(batch: Batch, job_id: str, catalog: Catalog, hooks: Hooks) -> Iterator[Event]:
    lasting = [event for event in batch if not isinstance(event, WorkProgressed)]
    if lasting:
        catalog.apply(job_id, lasting)
    for event in batch:
        yield from _tell(event, job_id, catalog, hooks)  # before it, so that an ending stays the last event
        yield event


def _tell(event: Event, job_id: str, catalog: Catalog, hooks: Hooks) -> Iterator[Event]:
    """Listeners that raised, as events of their own (which listeners are not told: one could loop)."""
    raised = [
        PluginRaised(asset_id=event.asset_id, plugin=each.plugin, hook=each.hook, message=each.message)
        for each in hooks.on_event(event)
    ]
    if raised:
        catalog.apply(job_id, raised)
    yield from raised
