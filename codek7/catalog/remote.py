"""The catalog of a home whose server runs: every call is a message over its socket."""

from __future__ import annotations

import os
import socket
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codek7.catalog.address import connect
from codek7.catalog.wire import READS, receive, request, result_of, send
from codek7.core.errors import CatalogBusy, CatalogLost

TIMEOUT_S = 120.0


class NobodyThere(Exception):
    """No server answers, and nothing was done: ask elsewhere, or again."""


class RemoteCatalog:
    """Calls methods of `Catalog` at a home's server. Safe to use from several threads and forks: each has its
    connection."""

    def __init__(self, home: Path, timeout_s: float = TIMEOUT_S) -> None:
        self._home, self._timeout_s = home, timeout_s
        self._mine = threading.local()
        self._connections: set[socket.socket] = set()
        weakref.finalize(self, _close, self._connections)

    def answers(self) -> bool:
        """Whether a server listens."""
        return self._connection() is not None

    def call(self, method: str, given: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """What the method gives, or raises, there.

        Raises `NobodyThere` where no server answers; `CatalogLost` where one ended on a call that may not be
        repeated, so that nobody knows what it still did.
        """
        connection = self._connection()
        if connection is None:
            raise NobodyThere
        try:
            send(connection, request(method, given, named))
            body = receive(connection)
        except TimeoutError as error:
            self._drop()
            raise CatalogBusy(
                f"the server of {self._home} did not answer for {self._timeout_s:.0f} s",
                hint="try again, or end it if it hangs",
            ) from error
        except OSError:
            body = b""
        except BaseException:  # an interrupt: the answer would be taken for the next call's
            self._drop()
            raise
        if body:
            return result_of(body, method)
        self._drop()
        if method in READS:
            raise NobodyThere
        raise CatalogLost(
            f"the server of {self._home} ended while it was asked to change something",
            hint="run the same command again: what is done stays done",
        )

    def _connection(self) -> socket.socket | None:
        """This thread's connection, made where there is none, or only what a fork inherited."""
        if getattr(self._mine, "process", None) != os.getpid():
            self._mine.process, self._mine.connection = os.getpid(), None
        if self._mine.connection is None:
            made = connect(self._home, self._timeout_s)
            if made is not None:
                self._connections.add(made)
            self._mine.connection = made
        connection: socket.socket | None = self._mine.connection
        return connection

    def _drop(self) -> None:
        if self._mine.connection is not None:
            self._connections.discard(self._mine.connection)
            self._mine.connection.close()
            self._mine.connection = None


def _close(connections: set[socket.socket]) -> None:
    for connection in connections:
        connection.close()
