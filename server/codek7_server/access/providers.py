"""The built-in providers of identity: API keys in `Authorization`, and the pages' session cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from codek7.core.errors import Forbidden
from codek7_server.access import keys, sessions
from codek7_server.access.accounts import Accounts
from codek7_server.identity import Identity

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection

    Connection = ASGIConnection[Any, Any, Any, Any]

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""


class Keys:
    """`Authorization: Bearer ck7_…`."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self.used_us: dict[str, int] = {}
        """When each key was last used; the server writes it down now and then."""

    async def identify(self, connection: Connection) -> Identity | None:
        """See `IdentityProvider`. Tokens without our prefix are another provider's."""
        token = bearer(connection)
        if not token.startswith(f"{keys.PREFIX}_"):
            return None
        return self.known(keys.check(self._accounts, token))

    def known(self, key: keys.Key) -> Identity:
        """The key is in use."""
        self.used_us[key.id] = keys.now_us()
        return keys.as_identity(key)


class Sessions:
    """The cookie of the pages. One that is over says nothing, so that the pages can offer to sign in."""

    def __init__(self, accounts: Accounts, by_key: Keys, url: str = "") -> None:
        self._accounts = accounts
        self._by_key = by_key
        self._url = url

    async def identify(self, connection: Connection) -> Identity | None:
        """See `IdentityProvider`. Raises `Forbidden` where another site's page changes something."""
        token = connection.cookies.get(cookie_name(secure=is_secure(connection, self._url)))
        key = sessions.key_of(self._accounts, token) if token else None
        if key is None:
            return None
        if connection.scope.get("method") not in SAFE:
            refuse_other_sites(connection, self._url)
        return self._by_key.known(key)


def bearer(connection: Connection) -> str:
    """The token of the `Authorization` header; "" for none, and for other schemes: those are a proxy's."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_secure(connection: Connection, url: str = "") -> bool:
    """Whether people reach the server over TLS."""
    return urlsplit(url).scheme == "https" or connection.scope["scheme"] in ("https", "wss")


def cookie_name(*, secure: bool) -> str:
    """With `__Host-` browsers take the cookie from this host alone, over TLS alone (RFC 6265bis, 4.1.3.2)."""
    return "__Host-codek7" if secure else "codek7"


def refuse_other_sites(connection: Connection, url: str = "") -> None:
    """Raises `Forbidden` unless the browser says that a page of ours asks. What says neither is no browser's
    page, and has no business with a cookie."""
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin", "")
    if site is not None and site != "same-origin":
        raise Forbidden("the request comes from another site's page", hint="use the pages of this server")
    ours = {urlsplit(url).netloc, connection.headers.get("host", "")} - {""}
    if _host_of(origin) not in ours if origin else site is None:
        raise Forbidden(
            "a request with a session has to come from a page of this server", hint="or send an API key"
        )


def _host_of(origin: str) -> str:
    """With its port; empty where it cannot be read, and in `null`."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
