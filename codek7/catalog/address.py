"""Where a home's server listens: a socket that only its user can reach, whatever the length of its path."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "codek7.sock"
_LONGEST = 100
"""A socket's path may have 107 bytes on Linux, 103 on macOS."""


def socket_path(home: Path) -> Path:
    """`HOME/run/codek7.sock`."""
    return home / "run" / NAME


@contextmanager
def address(path: Path) -> Iterator[str]:
    """What to bind or connect to: the path, or, where it is too long, the same by way of its open folder."""
    plain = str(path.absolute())
    if len(os.fsencode(plain)) <= _LONGEST:
        yield plain
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(home: Path, timeout_s: float) -> socket.socket | None:
    """A connection to the home's server, or None where nobody listens."""
    path = socket_path(home)
    if not path.exists():
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_s)
    try:
        with address(path) as where:
            connection.connect(where)
    except OSError:  # refused: what a server that died left; gone: it is just ending
        connection.close()
        return None
    return connection
