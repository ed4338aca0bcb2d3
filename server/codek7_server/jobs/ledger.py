"""Changes of the ledger that people ask for, checked against where a job stands. All of it blocks."""

from __future__ import annotations

from codek7.core.assets import Asset, new_id, new_rotation
from codek7.core.errors import ObjectNotFound, StateConflict
from codek7.core.events import JobCancelled, JobFailed, JobQueued, JobReleased, JobRequeued
from codek7.core.jobs import UNFINISHED, Job, JobRequest, JobState
from codek7.core.ladder import Ladder
from codek7.core.values import from_plain
from codek7.hub import Hub
from codek7.locks import is_worked_on
from codek7_server.jobs.intake import known_policy

QUEUED: tuple[JobState, ...] = ("queued",)
AGAIN = ("failed", "interrupted", "cancelled", "held", "refused")
ALL = 1_000_000


def queue(hub: Hub, asset: Asset, request: JobRequest, owner: str) -> Job:
    """A new job of an asset. Raises `StateConflict` where one waits already."""
    if hub.catalog.jobs(asset_id=asset.id, states=QUEUED, limit=1):
        raise StateConflict(f"a job of asset {asset.id} is waiting already", hint="cancel it first")
    job_id = new_id()
    hub.catalog.apply(job_id, [JobQueued(asset_id=asset.id, request=request, owner=owner)])
    return hub.catalog.job(job_id)


def republish(hub: Hub, asset_id: str, ladder: Ladder | None, policy: str, owner: str) -> Job:
    """See `Jobs.republish`."""
    asset = hub.catalog.asset(asset_id)
    known = hub.hooks.policies()
    chosen = known_policy(hub, policy or (asset.policy if asset.policy in known else ""))
    return queue(hub, asset, JobRequest(policy=chosen, ladder=ladder), owner)


def redo(hub: Hub, asset_id: str, rendition: str, owner: str) -> Job:
    """See `Jobs.redo`."""
    asset = hub.catalog.asset(asset_id)
    found = hub.catalog.detail(asset_id, parts=("rates", "ladders"))
    names = [row["name"] for row in found["rates"]]
    if not names:
        raise StateConflict(f"nothing of asset {asset_id} is published", hint="requeue its job instead")
    if rendition not in names:
        raise ObjectNotFound(f"asset {asset_id} has no {rendition!r}", hint=f"it has {', '.join(names)}")
    ladders = [row["ladder"] for row in found["ladders"] if row["hash"] == asset.ladder_hash]
    request = JobRequest(
        policy=known_policy(hub, asset.policy if asset.policy in hub.hooks.policies() else ""),
        ladder=from_plain(ladders[-1], Ladder) if ladders else None,
        redo=(rendition,),
        rotation=new_rotation(),
    )
    return queue(hub, asset, request, owner)


def cancel(hub: Hub, job_id: str, by: str) -> Job:
    """See `Jobs.cancel`."""
    job = hub.catalog.job(job_id)
    if job.state not in UNFINISHED:
        raise StateConflict(f"job {job_id} is over: {job.state}")
    if not job.queued_us:
        raise StateConflict(f"job {job_id} is run by a command", hint="end that command (Ctrl-C)")
    hub.catalog.apply(job_id, [JobCancelled(asset_id=job.asset_id, by=by)])
    return hub.catalog.job(job_id)


def requeue(hub: Hub, job_id: str, by: str) -> Job:
    """See `Jobs.requeue`. `by` is empty where the server does it by itself."""
    job = hub.catalog.job(job_id)
    if job.request is None:
        raise StateConflict(f"job {job_id} was run by a command", hint="run that again: it resumes")
    if job.state not in AGAIN:
        raise StateConflict(f"job {job_id} is {job.state}", hint="republish its asset for another one")
    hub.catalog.apply(job_id, [JobRequeued(asset_id=job.asset_id, by=by)])
    return hub.catalog.job(job_id)


def recover(hub: Hub) -> tuple[Job, ...]:
    """What a server finds when it starts: jobs whose worker is gone wait again, and so do those that had
    waited. Jobs of commands that died are noted as interrupted. All that wait, oldest first."""
    for job in hub.catalog.jobs(states=("working", "interrupted"), limit=ALL):
        if job.queued_us:
            released = JobReleased(asset_id=job.asset_id, reason="the server that ran it ended")
            hub.catalog.apply(job.id, [released])
        elif job.state == "working" and not is_worked_on(hub.home, job.source_sha256):
            died = JobFailed(
                asset_id=job.asset_id, code="interrupted", message="the command that ran it died"
            )
            hub.catalog.apply(job.id, [died])
    return hub.catalog.jobs(states=QUEUED, limit=ALL)[::-1]
