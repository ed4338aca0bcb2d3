"""Health, readiness, metrics and tidying as a part of the server."""

from __future__ import annotations

from typing import Literal

import msgspec
from litestar import get

from codek7.core.errors import NotReady
from codek7_server.access.rules import authorise
from codek7_server.declaring import fails_with
from codek7_server.identity import Identity
from codek7_server.live import Live, Served
from codek7_server.operation.metrics import MEDIA_TYPE
from codek7_server.operation.readiness import Readiness, checks_of
from codek7_server.operation.tidying import tidying
from codek7_server.part import Part


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: str = "ok"


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """All that was looked at is fine."""

    status: str = "ready"
    checks: list[str]


@get("/health", tags=["operation"], operation_id="health")
async def health() -> Alive:
    """Whether the process answers. It looks at nothing else: restart it where this fails."""
    return Alive()


@get("/metrics", tags=["operation"], operation_id="metrics", sync_to_thread=True, media_type=MEDIA_TYPE)
def metrics(identity: Identity, live: Served) -> bytes:
    """Numbers in Prometheus' text format."""
    if not live.settings.open_metrics:
        authorise(identity, "metrics:see")
    return live.metrics.text()


def part(live: Live) -> Part:
    """The routes."""
    checks = checks_of(live.hub)
    _watch(live)
    readiness = Readiness(checks)

    @get("/ready", tags=["operation"], operation_id="ready", responses=fails_with(NotReady))
    async def ready() -> Ready:
        """Whether to send it work: the store answers, the catalog is open, the disk has room."""
        wrong = await readiness.wrong()
        if wrong:
            raise NotReady("; ".join(f"{name}: {said}" for name, said in wrong.items()))
        return Ready(checks=list(checks))

    return Part(routes=[health, ready, metrics], running=lambda: tidying(live.hub))


def _watch(live: Live) -> None:
    """What others count, or the catalog knows."""

    def by_state(table: Literal["asset", "job"]) -> dict[str, float]:
        found = live.hub.catalog.query(f"SELECT state, count(*) FROM {table} GROUP BY state")  # noqa: S608  # ours
        return {str(state): float(number) for state, number in found.rows}

    def deliveries() -> dict[str, float]:
        return {str(status): float(number) for status, number in tuple(live.delivery.answered.items())}

    watch = live.metrics.watch
    watch("gauge", "codek7_jobs", "Jobs that the catalog knows.", lambda: by_state("job"), "state")
    watch("gauge", "codek7_assets", "Assets.", lambda: by_state("asset"), "state")
    watch("gauge", "codek7_uploads", "Uploads that are not whole.", lambda: len(live.uploads.every_going()))
    watch("counter", "codek7_deliveries", "Requests for media and playlists.", deliveries, "status")
