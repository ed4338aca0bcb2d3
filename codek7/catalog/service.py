"""Answering for a catalog that is held open: a thread for each connection on the home's socket."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from codek7.catalog.address import address, socket_path
from codek7.catalog.wire import Request, answer, call_of, failure, receive, send
from codek7.core.errors import CatalogBusy, Codek7Error, UsageError
from codek7.core.folders import make_private
from codek7.core.ports import Catalog
from codek7.core.values import from_json

log = logging.getLogger("codek7.catalog")

Admit = Callable[[int, str], None]
"""Asked before a process (by its id) tells events of a job (by its id). Raises what refuses it."""
_WAITING = 128
_JOIN_S = 10.0


@contextmanager
def serving(home: Path, catalog: Catalog, admit: Admit) -> Iterator[None]:
    """Within the block, whoever may open the home's socket can use the catalog, which this process holds.

    At the end no further call is taken, and those that are under way are answered.
    """
    service = _Service(catalog, admit)
    path = socket_path(home)
    listener = _listen(path)
    accepting = threading.Thread(target=service.accept, args=(listener,), name="catalog-socket", daemon=True)
    accepting.start()
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        listener.close()
        accepting.join(_JOIN_S)
        service.close()


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Within the block, this process is the home's one server. Raises `CatalogBusy` at once where another is:
    the kernel lets go of the lock of one that died."""
    path = home / "run" / "server.lock"
    make_private(path.parent)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = os.pread(lock, 16, 0).decode(errors="replace").strip()
            raise CatalogBusy(
                f"process {pid} serves {home} already", hint="end it first, or serve another home"
            ) from None
        os.pwrite(lock, f"{os.getpid()}\n".ljust(16).encode(), 0)
        yield
    finally:
        os.close(lock)


def _listen(path: Path) -> socket.socket:
    """Whatever lies there is of a server that is gone: this process has the catalog."""
    make_private(path.parent)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    aside = path.with_name(f"{path.name}.new")  # others find it when it listens, and only then
    aside.unlink(missing_ok=True)
    with address(aside) as where:
        listener.bind(where)
    aside.chmod(0o600)
    listener.listen(_WAITING)
    aside.rename(path)
    return listener


class _Service:
    """The connections."""

    def __init__(self, catalog: Catalog, admit: Admit) -> None:
        self._catalog, self._admit = catalog, admit
        self._lock = threading.Lock()
        self._threads: dict[threading.Thread, socket.socket] = {}
        self._closing = False

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._attend, args=(connection,), daemon=True)
            with self._lock:
                self._threads[thread] = connection
            thread.start()

    def close(self) -> None:
        """Ends the reading half of every connection: who waits for an answer still gets it."""
        self._closing = True
        with self._lock:
            left = dict(self._threads)
        for connection in left.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        for thread in left:
            thread.join(_JOIN_S)

    def _attend(self, connection: socket.socket) -> None:
        try:
            with connection:
                process = _peer(connection)
                while not self._closing and (body := receive(connection)):
                    send(connection, self._answer(body, process))
        except OSError:
            pass  # who asked is gone
        finally:
            with self._lock:
                del self._threads[threading.current_thread()]

    def _answer(self, body: bytes, process: int) -> bytes:
        try:
            asked = from_json(body, Request)
            call = call_of(asked.method)
            params = from_json(bytes(asked.params), call.params)
            if asked.method == "apply":
                self._admit(process, params.job_id)
            return answer(getattr(self._catalog, asked.method)(**msgspec.structs.asdict(params)))
        except Codek7Error as error:
            return failure(error)
        except (KeyError, msgspec.MsgspecError) as error:
            return failure(
                UsageError(f"the server does not understand: {error}", hint="is it of another release?")
            )
        except Exception as error:
            log.exception("a call failed")
            return failure(Codek7Error(f"{type(error).__name__}: {error}", hint="the server's log says more"))


def _peer(connection: socket.socket) -> int:
    """The id of the process at the other end."""
    if sys.platform == "darwin":
        local, peer_pid = 0, 2  # SOL_LOCAL, LOCAL_PEERPID of <sys/un.h>
        return connection.getsockopt(local, peer_pid)
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    process: int = struct.unpack("3i", credentials)[0]
    return process
