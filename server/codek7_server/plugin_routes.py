"""Routes that plugins add, each plugin's below its own path; one that is wrong is named and left out."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Litestar, Router

PATH = "/api/plugins"
log = logging.getLogger("codek7.server")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def with_plugins(
    make: Callable[[Sequence[Router]], Litestar], routes: Mapping[str, Sequence[Any]]
) -> Litestar:
    """The application that `make` makes of routers, with those of all plugins that can be added.

    Each is tried with those before it, the OpenAPI document included: the framework finds what is wrong with
    handlers only then.
    """
    routers: list[Router] = []
    app = make(routers)
    for plugin, handlers in routes.items():
        try:
            router = _router(plugin, handlers)
            tried = make([*routers, router])
            _ = tried.openapi_schema
        except Exception as error:  # a fault of the plugin's, whatever it is
            log.error("the routes of plugin %s are left out: %s", plugin, error)
        else:
            routers.append(router)
            app = tried
    return app


def _router(plugin: str, handlers: Sequence[Any]) -> Router:
    if not _NAME.fullmatch(plugin):
        raise ValueError("its name cannot be part of a path")
    return Router(f"{PATH}/{plugin}", route_handlers=list(handlers), tags=[plugin])
