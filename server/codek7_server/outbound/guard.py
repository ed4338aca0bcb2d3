"""The guard before every request that somebody else's URL causes (SSRF).

A URL is looked at, its host is resolved, every address that comes of it is checked, and then exactly one of
these addresses is connected to: a name that means something else the second time (DNS rebinding) is not asked
a second time. Redirects go through the same door again.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpcore

from codek7.core.errors import AddressRefused, FetchFailed, SettingsInvalid
from codek7.core.settings import Outbound
from codek7_server.outbound.addresses import Network, is_allowed, looks_numeric, why_refused

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, for a port. Raises `OSError`."""

PORTS = {"http": 80, "https": 443}
MAX_URL = 4096
CONNECT_S = 15.0
_ALSO_TRIED = 3


class Target(NamedTuple):
    """A URL that may be asked for, taken apart for HTTP."""

    url: str
    host: str
    port: int


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """As this machine resolves names."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Guard:
    """What may be asked of whom."""

    def __init__(self, settings: Outbound, resolve: Resolve = system_resolve) -> None:
        """Raises `SettingsInvalid`."""
        self._ports = settings.ports
        self._allowed = _networks(settings.allow)
        self._resolve = resolve
        self.backend: httpcore.AsyncNetworkBackend = _Guarded(self)
        """Connects to what was checked, and to nothing else."""

    def check_url(self, url: str) -> Target:
        """What can be told without resolving. Raises `AddressRefused`."""
        parts = _split(url)
        scheme, host = parts.scheme, (parts.hostname or "").rstrip(".")
        if scheme not in PORTS:
            raise AddressRefused("only http and https are asked for", hint="give an http:// or https:// URL")
        if parts.username or parts.password:
            raise AddressRefused("the URL holds a user or a password", hint="give a URL that needs neither")
        if not host or looks_numeric(host):
            raise AddressRefused("the URL's host is no name and no plain address", hint="check the address")
        port = parts.port or PORTS[scheme]
        if not self._allowed:  # else it depends on the address
            self._check_port(port)
        return Target(url, host, port)

    async def addresses(self, host: str, port: int) -> list[str]:
        """The host's addresses, all fit to be connected to. Raises `AddressRefused`, `FetchFailed`."""
        try:
            found = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise FetchFailed(
                f"{host[:100]} cannot be resolved: {_reason(error)}", hint="check the address"
            ) from None
        if not found:
            raise FetchFailed(f"{host[:100]} has no address", hint="check the address")
        for address in found:
            if what := why_refused(address, self._allowed):
                raise AddressRefused(
                    f"{host[:100]} leads to an address that is not public ({what})",
                    hint="the server asks only public addresses, and those that server.outbound.allow names",
                )
            if not is_allowed(address, self._allowed):
                self._check_port(port)
        return found

    def _check_port(self, port: int) -> None:
        if port not in self._ports:
            raise AddressRefused(
                f"port {port} is not asked", hint=f"one of {', '.join(map(str, self._ports))}"
            )

    def client(self) -> httpcore.AsyncConnectionPool:
        """A client that connects through this guard, follows no redirect and knows no proxy."""
        return httpcore.AsyncConnectionPool(
            network_backend=self.backend, max_connections=32, keepalive_expiry=5.0, retries=0
        )


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to what was checked. TLS still asks for the certificate of the name in the URL."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception | None = None
        for address in (await self._guard.addresses(host, port))[:_ALSO_TRIED]:
            try:
                return await self._plain.connect_tcp(
                    address, port, timeout or CONNECT_S, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        assert failed is not None  # noqa: S101  # there is an address, and each of them failed
        raise failed

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise AddressRefused("only http and https are asked for", hint="give a URL")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _split(url: str) -> SplitResult:
    """Raises `AddressRefused`."""
    if len(url) > MAX_URL or not url.isascii() or any(c <= " " or c in "\\\x7f" for c in url):
        raise AddressRefused(
            "the URL is too long, or holds characters that no URL has", hint="encode them: %20 for a space"
        )
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise AddressRefused("the URL cannot be read", hint="check the address") from None
    return parts


def _networks(names: Iterable[str]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(name, strict=False) for name in names)
    except ValueError as error:
        raise SettingsInvalid(
            f"server.outbound.allow: {error}", hint='networks, like "10.20.0.0/16"'
        ) from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)[:100]
