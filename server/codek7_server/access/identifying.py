"""Every request says who makes it, once, before anything else is done for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from codek7.core.errors import Unauthenticated
from codek7_server.access.limits import Limits, place
from codek7_server.access.providers import bearer
from codek7_server.identity import ANYONE, Identity, IdentityProvider

LIMITED = "/api/"
"""Pages and what they are made of are not counted."""
ALWAYS = frozenset({"/health", "/ready", "/metrics"})
"""What machines ask is answered, whatever else is."""


class Identifying(ASGIMiddleware):
    """Asks the providers in turn, and holds whoever asks too often."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, providers: Sequence[IdentityProvider], limits: Limits) -> None:
        self._providers = providers
        self._limits = limits

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """The identity is in the request's state from here on."""
        request: Request[Any, Any, Any] = Request(scope)
        address = place(request.client.host) if request.client else ""
        try:
            identity = await who_asks(self._providers, request)
        except Unauthenticated:
            self._limits.wrong(address)
            raise
        if scope["path"].startswith(LIMITED):
            self._limits.count(identity.id or address)
        request.state.identity = identity
        if scope["path"] in ALWAYS:
            await next_app(scope, receive, send)
            return
        with self._limits.requests.one(identity.id or address):
            await next_app(scope, receive, send)


async def who_asks(providers: Sequence[IdentityProvider], request: Request[Any, Any, Any]) -> Identity:
    """As the first provider says that knows. Raises `Unauthenticated` where none knows the key."""
    for provider in providers:
        identity = await provider.identify(request)
        if identity is not None:
            return identity
    if bearer(request):
        raise Unauthenticated("nobody here knows this token", hint="API keys begin with ck7_")
    return ANYONE


async def identity_of(request: Request[Any, Any, Any]) -> Identity:
    """The dependency `identity` of every route."""
    found: Identity = request.state.identity
    return found
