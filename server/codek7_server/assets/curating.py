"""What becomes of an asset: presented anew, allowed or blocked, and the judgements it got."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import msgspec
from litestar import get, post

from codek7.api import JobView, VerdictList, VerdictView
from codek7.core.assets import Asset
from codek7.core.errors import AssetNotFound, LadderInvalid, PolicyUnknown, StateConflict
from codek7.core.jobs import UNFINISHED
from codek7.core.ladder import Ladder
from codek7.core.pipeline.publish import withdraw
from codek7.core.values import from_plain
from codek7.upkeep import decide as decide_on
from codek7_server.access import authorise
from codek7_server.assets.asked import AssetId, Decide, Republish, ladder_of
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity
from codek7_server.jobs.views import view as job_view
from codek7_server.live import Live, Served

ALLOWABLE = ("held", "refused")


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a decision: where the asset stands, and the job that publishes it where it was allowed."""

    state: str
    job: JobView | None


@post(
    "/api/assets/{asset_id:str}/republish",
    tags=["assets"],
    operation_id="republishAsset",
    security=KEY,
    status_code=202,
    responses=fails_with(AssetNotFound, LadderInvalid, PolicyUnknown, StateConflict),
)
async def republish(identity: Identity, live: Served, asset_id: AssetId, data: Republish) -> JobView:
    """Present an asset anew: only what is new is encoded, and players of the version before go on. The
    response is the job that does it."""
    asset = await asyncio.to_thread(live.hub.catalog.asset, asset_id)
    authorise(identity, "asset:republish", asset)
    if asset.decision == "block":
        raise StateConflict(f"asset {asset_id} is blocked", hint="a moderator has to allow it first")
    ladder = ladder_of(data.ladder)
    job = await live.jobs.republish(asset_id, ladder=ladder, policy=data.policy, owner=identity.id)
    await live.library.refresh(asset_id)
    return job_view(job, live.jobs.progress(job))


@post(
    "/api/assets/{asset_id:str}/decision",
    tags=["assets"],
    operation_id="decideOnAsset",
    security=KEY,
    status_code=200,
    responses=fails_with(AssetNotFound, StateConflict),
)
async def decide(identity: Identity, live: Served, asset_id: AssetId, data: Decide) -> Decided:
    """Allow an asset that is held or was refused: a job publishes it, which encodes nothing again. Or block
    one: it is gone from every URL at once, and its jobs end."""
    asset = await asyncio.to_thread(live.hub.catalog.asset, asset_id)
    authorise(identity, "asset:moderate", asset)
    if data.decision == "allow" and asset.state not in ALLOWABLE:
        raise StateConflict(f"asset {asset_id} is {asset.state}: there is nothing to allow")
    hub = live.hub
    decided = partial(decide_on, hub.catalog, hub.store, hub.home, asset_id, data.decision)
    await asyncio.to_thread(decided, reason=data.reason, by=identity.id)
    job = None
    if data.decision == "allow":
        ladder = await asyncio.to_thread(_last_ladder, live, asset)
        queued = await live.jobs.republish(asset_id, ladder=ladder, owner=asset.owner)
        job = job_view(queued, live.jobs.progress(queued))
    else:
        await _end_jobs(live, asset_id, by=identity.id)
    await live.library.refresh(asset_id)
    now = await asyncio.to_thread(hub.catalog.asset, asset_id)
    return Decided(state=now.state, job=job)


@get(
    "/api/assets/{asset_id:str}/verdicts",
    tags=["assets"],
    operation_id="getVerdicts",
    security=KEY,
    responses=fails_with(AssetNotFound),
)
async def verdicts(identity: Identity, live: Served, asset_id: AssetId) -> VerdictList:
    """Every judgement of an asset, by plugins and people, with its evidence. For moderators."""
    catalog = live.hub.catalog
    authorise(identity, "asset:moderate", await asyncio.to_thread(catalog.asset, asset_id))
    found = await asyncio.to_thread(partial(catalog.detail, asset_id, parts=("verdicts",)))
    return VerdictList(items=from_plain(found["verdicts"], list[VerdictView]))


async def _end_jobs(live: Live, asset_id: str, *, by: str) -> None:
    """What a job wrote in its last moments goes with it."""
    unfinished = partial(live.hub.catalog.jobs, asset_id=asset_id, states=UNFINISHED)
    for job in await asyncio.to_thread(unfinished):
        with suppress(StateConflict):  # it ended meanwhile, or a command runs it, which the decision ends
            await live.jobs.cancel(job.id, by=by)
    await asyncio.to_thread(withdraw, live.hub.store, asset_id)


def _last_ladder(live: Live, asset: Asset) -> Ladder | None:
    """What the job that was held encoded with, so that all of it is there already."""
    planned = live.hub.catalog.detail(asset.id, parts=("ladders",))["ladders"]
    return from_plain(planned[-1]["ladder"], Ladder) if planned else None


ROUTES = [republish, decide, verdicts]
