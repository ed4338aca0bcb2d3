"""GET /api/events: what happens, as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Parameter
from litestar.response import Stream

from codek7.core.errors import AssetNotFound, Unauthenticated
from codek7.core.events import Noted, noted
from codek7_server.access.identifying import who_asks
from codek7_server.access.rules import authorise, sees_all
from codek7_server.declaring import KEY
from codek7_server.identity import Identity
from codek7_server.live import Live, Served

HEARTBEAT_S = 15.0
LOOK_S = 1.0
PAGE = 500
_REMEMBERED = 10_000
MEDIA_TYPE = "text/event-stream"


@get(
    "/api/events",
    tags=["jobs"],
    operation_id="followEvents",
    security=KEY,
    media_type=MEDIA_TYPE,
    responses={
        200: ResponseSpec(
            str, media_type=MEDIA_TYPE, generate_examples=False,
            description="Server-sent events; the data of each is a JSON object with `id`, `at_us`, "
            "`asset_id`, `job_id`, `name` and `event`.",
        )
    },
)  # fmt: skip
async def follow(
    request: Request[Any, Any, Any],
    identity: Identity,
    live: Served,
    asset_id: Annotated[
        str, Parameter(pattern="^[0-9a-z]{0,32}$", description="Only those of an asset.")
    ] = "",
    last_event_id: Annotated[
        str,
        Parameter(header="Last-Event-ID", pattern="^[0-9]{0,18}$", description="Go on after this event."),
    ] = "",
) -> Stream:
    """Everything that happens from now on, or from an event on, to what you may see. `job-progressed` says
    how far a job is; it is not kept, and has no id."""
    authorise(identity, "event:follow")
    live.access.limits.streams.check(identity.id)
    asker = Asker(live, request, identity)
    stream = _stream(live, asker, asset_id, int(last_event_id) if last_event_id else None)
    return Stream(
        stream,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(live: Live, asker: Asker, asset_id: str, after: int | None) -> AsyncIterator[bytes]:
    """Nothing is missed between the history and what happens now; nothing comes twice. It ends where whoever
    listens is somebody else by now."""
    seen = Seen(live, asker.identity, asset_id)
    last = after or 0
    with live.access.limits.streams.one(asker.identity.id), live.bus.listen() as listener:
        yield b"retry: 2000\n\n"
        while after is not None:
            page = await asyncio.to_thread(
                partial(live.hub.catalog.history, after=last, asset_id=asset_id, limit=PAGE)
            )
            for each in page:
                last = each.id
                if await seen.may(each.asset_id):
                    yield _message(each)
            if len(page) < PAGE:
                break
        while not listener.ended:
            told = await listener.next(HEARTBEAT_S)
            if not await asker.is_the_same():
                return
            if told is None:
                yield b": still here\n\n"
            elif (not told.id or told.id > last) and await seen.may(told.event.asset_id):
                yield _message(noted(told))


class Asker:
    """Who listens, looked up again now and then: a key may be revoked, and a session over."""

    def __init__(self, live: Live, request: Request[Any, Any, Any], identity: Identity) -> None:
        self.identity = identity
        self._providers, self._request = live.access.providers, request
        self._looked_s = time.monotonic()

    async def is_the_same(self) -> bool:
        """As it was at most a second ago."""
        if time.monotonic() - self._looked_s < LOOK_S:
            return True
        self._looked_s = time.monotonic()
        try:
            return await who_asks(self._providers, self._request) == self.identity
        except Unauthenticated:
            return False


class Seen:
    """Which assets somebody may follow: a moderator all, others their own."""

    def __init__(self, live: Live, identity: Identity, asset_id: str) -> None:
        self._live, self._identity, self._asset_id = live, identity, asset_id
        self._known: OrderedDict[str, bool] = OrderedDict()

    async def may(self, asset_id: str) -> bool:
        """Whether events of this asset are sent."""
        if self._asset_id and asset_id != self._asset_id:
            return False
        if sees_all(self._identity):
            return True
        if asset_id not in self._known:
            self._known[asset_id] = await asyncio.to_thread(self._owns, asset_id)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[asset_id]

    def _owns(self, asset_id: str) -> bool:
        try:
            return self._live.hub.catalog.asset(asset_id).owner == self._identity.id
        except AssetNotFound:
            return False


def _message(event: Noted) -> bytes:
    head = f"id: {event.id}\n" if event.id else ""
    return f"{head}event: {event.name}\ndata: {msgspec.json.encode(event).decode()}\n\n".encode()
