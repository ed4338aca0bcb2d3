"""/api/me, /api/keys and /api/session."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.params import Parameter

from codek7.core.errors import Forbidden, KeyNotFound
from codek7_server.access import keys, sessions
from codek7_server.access.providers import cookie_name, is_secure, refuse_other_sites
from codek7_server.access.rules import authorise
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity, Role
from codek7_server.live import Served

KeyId = Annotated[str, Parameter(description="Of the key; the middle of it.", pattern="^[0-9a-z]{1,32}$")]


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new key is to be. `owner`: whose uploads its holder may edit; of itself where it is empty."""

    role: Role
    name: Annotated[str, msgspec.Meta(max_length=keys.MAX_NAME)] = ""
    owner: Annotated[str, msgspec.Meta(pattern="^[0-9a-z]{0,32}$")] = ""


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was just made. `secret` is the whole key, and is never shown again."""

    secret: str
    key: keys.Key


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """Every key, the oldest first."""

    items: list[keys.Key]


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API key, to be exchanged for a session."""

    key: Annotated[str, msgspec.Meta(max_length=200)]


@get("/api/me", tags=["access"], operation_id="whoAmI")
async def me(identity: Identity) -> Identity:
    """Who the server takes you for. `id` is empty where the request did not say."""
    return identity


class KeyRoutes(Controller):
    """API keys, for administrators."""

    path = "/api/keys"
    tags = ["access"]  # noqa: RUF012  # as the framework declares it
    security = KEY

    @get("/", operation_id="listKeys")
    async def every(self, identity: Identity, live: Served) -> KeyList:
        """All keys, without their secrets, revoked ones too."""
        authorise(identity, "key:manage")
        return KeyList(items=keys.every_key(live.access.accounts))

    @post("/", operation_id="makeKey")
    async def make(self, identity: Identity, live: Served, data: NewKey) -> MadeKey:
        """A new key. This response is the only one that shows it."""
        authorise(identity, "key:manage")
        secret, key = await asyncio.to_thread(
            keys.new_key, live.access.accounts, role=data.role, name=data.name, owner=data.owner
        )
        return MadeKey(secret=secret, key=key)

    @delete("/{key_id:str}", operation_id="revokeKey", responses=fails_with(KeyNotFound))
    async def revoke(self, identity: Identity, live: Served, key_id: KeyId) -> None:
        """From now on no request is answered for it, and its sessions are over. It stays in the list."""
        authorise(identity, "key:manage")
        await asyncio.to_thread(keys.revoke, live.access.accounts, key_id)


class SessionRoutes(Controller):
    """The session of the pages."""

    path = "/api/session"
    tags = ["access"]  # noqa: RUF012  # as the framework declares it

    @post("/", operation_id="signIn", responses=fails_with(Forbidden))
    async def sign_in(
        self, request: Request[Any, Any, Any], live: Served, data: SignIn
    ) -> Response[Identity]:
        """Exchange an API key for a session cookie, which scripts cannot read and other sites cannot send."""
        url = live.settings.url
        if "origin" in request.headers or "sec-fetch-site" in request.headers:
            refuse_other_sites(request, url)
        key = live.access.check(data.key, request.client.host if request.client else "")
        token = await asyncio.to_thread(sessions.begin, live.access.accounts, key)
        response = Response(keys.as_identity(key))
        response.set_cookie(_cookie(request, url, token, sessions.SESSION_S))
        return response

    @delete("/", operation_id="signOut", responses=fails_with(Forbidden))
    async def sign_out(self, request: Request[Any, Any, Any], live: Served) -> Response[None]:
        """End the session that the request's cookie names, if it does."""
        url = live.settings.url
        token = request.cookies.get(cookie_name(secure=is_secure(request, url)), "")
        await asyncio.to_thread(sessions.end, live.access.accounts, token)
        response = Response(None, status_code=204)
        response.set_cookie(_cookie(request, url, "", 0))
        return response


def _cookie(request: Request[Any, Any, Any], url: str, value: str, max_age: int) -> Cookie:
    secure = is_secure(request, url)
    return Cookie(
        key=cookie_name(secure=secure), value=value, max_age=max_age, path="/", httponly=True, secure=secure,
        samesite="strict",
    )  # fmt: skip
