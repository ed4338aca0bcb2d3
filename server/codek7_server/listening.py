"""Listening on a socket until it is told to stop."""

from __future__ import annotations

import errno
import gc
import resource
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import uvicorn

from codek7.core.errors import SettingsInvalid
from codek7.core.settings import Server
from codek7_server.connections import LOOK_S, Connection, Gate, end_late_ones

KEEP_ALIVE_S = 75
"""Longer than a segment lasts: players keep their connection from one to the next."""
BACKLOG = 2048
NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""Of a name's several addresses (`localhost` in IPv6), some may be no address of this machine."""
MOST_FILES = 65_536
"""Connections and files together. Systems allow 1,024 unless asked."""


class Announcing(uvicorn.Server):
    """Says on standard output where it listens, once it does: programs that ask for any free port read it.

    `on_stop` is called before the answers that are under way are waited for: some would never end.
    """

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self._looked_s = 0.0

    async def on_tick(self, counter: int) -> bool:
        """As uvicorn's, ten times a second."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            end_late_ones(self.server_state.connections, now_s)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        self._on_stop()
        await super().shutdown(sockets)
        gc.unfreeze()  # else DuckDB says at the end that its objects were never freed

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        await super().startup(sockets)
        gc.freeze()  # what is there by now stays: no pause to look through it
        gc.enable()
        if self.started:
            listening = self.servers[0].sockets[0]
            host, port = listening.getsockname()[:2]
            host = f"[{host}]" if listening.family == socket.AF_INET6 else host
            sys.stdout.write(f"http://{host}:{port}\n")
            sys.stdout.flush()


def nothing() -> None:
    """There is nothing to end."""


def listen(app: Any, settings: Server, on_stop: Callable[[], None] = nothing) -> None:
    """Run an ASGI application; returns after SIGINT or SIGTERM, when what was being answered is answered.

    What a proxy in front says of its clients is the application's matter: media is handed out without.
    Raises `SettingsInvalid` where nobody can listen there.
    """
    _allow_many_files()
    gate = Gate(settings.connections_per_address, settings.trusted_proxies)
    config = uvicorn.Config(
        app,
        http=partial(Connection, gate=gate),  # type: ignore[arg-type]  # it makes what a class would
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=20,
    )
    sockets = _bound(settings.host, settings.port)
    with suppress(KeyboardInterrupt):  # uvicorn passes the signal on once all is answered: nothing failed
        Announcing(config, on_stop).run(sockets)


def _bound(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of a host, all at one port. Raises `SettingsInvalid`."""
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, (name, _, *rest) in dict.fromkeys(found):
            try:
                sockets.append(socket.create_server((name, port, *rest), family=family, backlog=BACKLOG))
            except OSError as error:
                if error.errno not in NOT_HERE or len(found) == 1:
                    raise
            else:
                port = port or sockets[0].getsockname()[1]
        if not sockets:
            raise OSError(f"none of its {len(found)} addresses is this machine's")
    except (OSError, UnicodeError) as error:
        for each in sockets:
            each.close()
        raise SettingsInvalid(
            f"nobody can listen at {host}, port {port}: {getattr(error, 'strerror', None) or error}",
            hint="choose with --host and --port, or server.host and server.port",
        ) from error
    return sockets


def _allow_many_files() -> None:
    """As many as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
