"""POST /api/sql: one SELECT on the catalog as it is now, in bounded time and memory.

Queries run in threads of their own, few at a time; others wait for their turn. So however many are asked,
they take no more than those threads from viewers, uploads and jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from anyio import CapacityLimiter, to_thread
from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec

from codek7.core.errors import NotReady, QueryInvalid, QueryTooBig, ToolMissing
from codek7.core.ports import ArrowCatalog, Catalog
from codek7_server.access.rules import authorise
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity
from codek7_server.live import Live, Served
from codek7_server.part import Part

T = TypeVar("T")
ARROW = "application/vnd.apache.arrow.stream"
AT_ONCE = 2
"""Queries that run; DuckDB gives each one core."""
MOST_WAITING = 2_000
PATIENCE_S = 60.0
MOST_ROWS = 100_000


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement that reads, and how many rows of its answer are wanted at most."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=100_000)]
    limit: Annotated[int, msgspec.Meta(ge=0, le=MOST_ROWS)] = 10_000


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. Each row holds a value for each column; dates, bytes and the like are text, intervals
    seconds. `more`: there are further rows, beyond the limit."""

    columns: list[str]
    rows: list[list[Any]]
    more: bool


class Turns:
    """Lets few run at once. One that would wait for too long is turned away."""

    def __init__(self, at_once: int = AT_ONCE, most_waiting: int = MOST_WAITING) -> None:
        self._limiter = CapacityLimiter(at_once)
        self._most_waiting = most_waiting

    async def run(self, work: Callable[[], T]) -> T:
        """In a thread, when it is its turn. Raises `NotReady`."""
        if self._limiter.statistics().tasks_waiting >= self._most_waiting:
            raise NotReady("too many queries wait for their turn", hint="ask again later")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._limiter.acquire()
        except TimeoutError as error:
            raise NotReady(
                f"other queries kept this one waiting for {PATIENCE_S:g} s", hint="ask again later"
            ) from error
        try:
            return await to_thread.run_sync(work)
        finally:
            self._limiter.release()


def part(_: Live) -> Part:
    """The route, and the turns of this server."""
    turns = Turns()

    @post(
        "/api/sql",
        tags=["catalog"],
        operation_id="runQuery",
        security=KEY,
        status_code=200,
        responses={
            200: ResponseSpec(Rows, description="The rows; as an Arrow stream where `Accept` asks for it."),
            **fails_with(QueryInvalid, QueryTooBig, NotReady, ToolMissing),
        },
    )
    async def run_query(
        identity: Identity, live: Served, request: Request[Any, Any, Any], data: Query
    ) -> Response[bytes]:
        """Run one read-only SELECT on the catalog as it is now.

        No file, network or setting can be reached, and nothing written. `Accept:
        application/vnd.apache.arrow.stream` gives the answer as an Arrow stream, its types kept.
        """
        authorise(identity, "sql:run")
        catalog = live.hub.catalog
        if request.accept.best_match([_JSON, ARROW], default=_JSON) == ARROW:
            return Response(await turns.run(lambda: _as_arrow(catalog, data)), media_type=ARROW)
        return Response(await turns.run(lambda: _as_json(catalog, data)), media_type=_JSON)

    return Part(routes=[run_query])


_JSON = "application/json"


def _as_json(catalog: Catalog, asked: Query) -> bytes:
    """Written in the query's thread: encoding many rows takes a while."""
    found = catalog.query(asked.query, limit=asked.limit + 1)
    rows = found.rows[: asked.limit]
    return msgspec.json.encode(
        {"columns": found.columns, "rows": rows, "more": len(found.rows) > asked.limit}
    )


def _as_arrow(catalog: Catalog, asked: Query) -> bytes:
    if not isinstance(catalog, ArrowCatalog):
        raise ToolMissing("this catalog does not speak Arrow", hint="ask for application/json")
    return catalog.arrow(asked.query, limit=asked.limit)
