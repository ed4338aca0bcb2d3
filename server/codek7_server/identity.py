"""Who asks: found through a port, so that accounts and single sign-on fit beside API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection

Role = Literal["admin", "moderator", "uploader", "viewer"]
RANK: tuple[Role, ...] = ("viewer", "uploader", "moderator", "admin")
"""Rising: each role may do whatever those before it may."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asks. `id` is the owner of what they upload; "" is whoever did not say."""

    id: str = ""
    name: str = ""
    role: Role = "viewer"


ANYONE = Identity()


class IdentityProvider(Protocol):
    """Finds out who makes a request."""

    async def identify(self, connection: ASGIConnection[Any, Any, Any, Any]) -> Identity | None:
        """None where the request carries none of this provider's credentials. Raises `Unauthenticated`
        where it carries some that are wrong."""
        ...
