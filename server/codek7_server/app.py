"""The ASGI application: delivery by itself, everything else through Litestar."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from litestar import Litestar, Router
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from codek7 import __version__
from codek7.core.values import work_out
from codek7_server.access.identifying import Identifying, identity_of
from codek7_server.access.part import part as access
from codek7_server.assets.part import part as assets
from codek7_server.cors import cors
from codek7_server.declaring import COMPONENTS, TAGS, Describing, only_the_document
from codek7_server.delivery.app import Dispatcher
from codek7_server.jobs.part import part as jobs
from codek7_server.live import Live
from codek7_server.operation.heads import Heads
from codek7_server.operation.observing import Observing
from codek7_server.operation.part import part as operation
from codek7_server.operation.traces import tracing
from codek7_server.pages.part import part as pages
from codek7_server.pages.problems import for_people
from codek7_server.part import Part
from codek7_server.patience import Patience
from codek7_server.playback.part import part as playback
from codek7_server.plugin_routes import with_plugins
from codek7_server.problems import HANDLERS
from codek7_server.querying.part import part as querying
from codek7_server.uploads.part import part as uploads
from codek7_server.webhooks.part import part as webhooks

PARTS: tuple[Callable[[Live], Part], ...] = (
    operation, jobs, access, assets, pages, querying, uploads, webhooks, playback,
)  # fmt: skip
"""Everything that answers, in the order in which it starts."""
MOST_BODY_BYTES = 1_000_000
"""Of any request but uploads."""


def make_app(live: Live) -> ASGIApp:
    """The application of one home."""
    rest: Any = Observing(Patience(Heads(make_api(live)), live.settings.body_s), live.metrics)
    return Dispatcher(live.delivery, ProxyHeadersMiddleware(rest, list(live.settings.trusted_proxies)))


def make_api(live: Live) -> Litestar:
    """All of it that the framework routes."""
    parts = [make(live) for make in PARTS]

    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in parts:
                await stack.enter_async_context(part.running())
            yield

    traced = tracing(live.settings.telemetry_url)

    def make(routers: Sequence[Router]) -> Litestar:
        return Litestar(
            route_handlers=[*(route for part in parts for route in part.routes), *routers],
            lifespan=[running],
            cors_config=cors(live.settings),
            exception_handlers=for_people(HANDLERS),
            middleware=[*traced, Identifying(live.access.providers, live.access.limits)],
            dependencies={
                "identity": Provide(identity_of),
                "live": Provide(lambda: live, sync_to_thread=False),
            },
            openapi_config=OpenAPIConfig(
                title="codek7",
                version=__version__,
                openapi_router=Router(
                    "/api/openapi.json",
                    route_handlers=[],
                    include_in_schema=False,
                    before_request=only_the_document,
                ),
                render_plugins=[Describing(path="/")],
                use_handler_docstrings=True,
                components=COMPONENTS,
                tags=TAGS,
            ),
            logging_config=None,
            request_max_body_size=MOST_BODY_BYTES,
        )

    app = with_plugins(make, live.hub.hooks.server_routes())
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                work_out(handler.signature_model)
    return app
