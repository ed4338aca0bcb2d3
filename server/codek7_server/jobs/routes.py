"""/api/jobs, and doing one rung of an asset again."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any

from litestar import get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter

from codek7.api import JobPage, JobView
from codek7.core.errors import AssetNotFound, JobNotFound, ObjectNotFound, StateConflict
from codek7.core.jobs import Job, JobState
from codek7_server.access.rules import authorise, sees_all
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity
from codek7_server.jobs.views import JobDetail, cursor_of, detail, from_cursor, view
from codek7_server.live import Live, Served

ID = "^[0-9a-z]{1,32}$"
JobId = Annotated[str, Parameter(description="Of the job.", pattern=ID)]
AssetId = Annotated[str, Parameter(description="Of the asset.", pattern=ID)]
_CHANGED: dict[str, Any] = {
    "tags": ["jobs"], "security": KEY, "status_code": 200,
    "responses": fails_with(JobNotFound, StateConflict),
}  # fmt: skip


@get("/api/jobs", tags=["jobs"], operation_id="listJobs", security=KEY)
async def every(
    identity: Identity,
    live: Served,
    limit: Annotated[int, Parameter(ge=1, le=1000, description="At most so many.")] = 50,
    cursor: Annotated[str, Parameter(max_length=200, description="`next` of the page before.")] = "",
    job_state: Annotated[
        list[JobState] | None, Parameter(query="state", description="Only those in one of these states.")
    ] = None,
    asset_id: Annotated[
        str, Parameter(pattern="^[0-9a-z]{0,32}$", description="Only those of an asset.")
    ] = "",
) -> JobPage:
    """Jobs, the newest first: everyone's for moderators, else your own."""
    authorise(identity, "job:list")
    find = partial(
        live.hub.catalog.jobs,
        states=job_state or (),
        asset_id=asset_id,
        owner="" if sees_all(identity) else identity.id,
        before=from_cursor(cursor) if cursor else None,
        limit=limit + 1,
    )
    found = await asyncio.to_thread(find)
    more = cursor_of(found[limit - 1]) if len(found) > limit else None
    return JobPage(items=[view(job, live.jobs.progress(job)) for job in found[:limit]], next=more)


@get("/api/jobs/{job_id:str}", tags=["jobs"], operation_id="getJob", security=KEY,
     responses=fails_with(JobNotFound))  # fmt: skip
async def one(identity: Identity, live: Served, job_id: JobId) -> JobDetail:
    """A job with every attempt of an encoder, its command and the end of its output."""
    job = await _job(live, job_id)
    authorise(identity, "job:see", job)
    known = await asyncio.to_thread(partial(live.hub.catalog.detail, job.asset_id, parts=("jobs", "events")))
    return detail(job, live.jobs.progress(job), known)


@post("/api/jobs/{job_id:str}/cancel", operation_id="cancelJob", **_CHANGED)
async def cancel(identity: Identity, live: Served, job_id: JobId) -> JobView:
    """End a job that waits or runs. What it has finished stays, for when it is requeued."""
    authorise(identity, "job:control", await _job(live, job_id))
    return _view(live, await live.jobs.cancel(job_id, by=identity.id))


@post("/api/jobs/{job_id:str}/requeue", operation_id="requeueJob", **_CHANGED)
async def requeue(identity: Identity, live: Served, job_id: JobId) -> JobView:
    """Try a job again that ended without a presentation. Finished work is not done again."""
    authorise(identity, "job:control", await _job(live, job_id))
    return _view(live, await live.jobs.requeue(job_id, by=identity.id))


@post(
    "/api/assets/{asset_id:str}/rungs/{name:str}/redo",
    tags=["jobs"],
    operation_id="redoRung",
    security=KEY,
    status_code=202,
    responses={
        202: ResponseSpec(JobView, description="The job that will do it."),
        **fails_with(AssetNotFound, ObjectNotFound, StateConflict),
    },
)
async def redo(
    identity: Identity,
    live: Served,
    asset_id: AssetId,
    name: Annotated[str, Parameter(description='Of the rendition: "video-0".', pattern="^[a-z0-9-]{1,40}$")],
) -> JobView:
    """Encode one rendition of what is published again, and publish that at new URLs."""
    asset = await asyncio.to_thread(live.hub.catalog.asset, asset_id)
    authorise(identity, "asset:republish", asset)
    return _view(live, await live.jobs.redo(asset_id, name, owner=identity.id))


async def _job(live: Live, job_id: str) -> Job:
    return await asyncio.to_thread(live.hub.catalog.job, job_id)


def _view(live: Live, job: Job) -> JobView:
    return view(job, live.jobs.progress(job))


ROUTES = [every, one, cancel, requeue, redo]
