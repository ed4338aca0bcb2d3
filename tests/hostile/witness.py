"""What nobody may touch, and whether somebody did: a secret, a neighbour's clip, a server."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from pathlib import Path
from types import TracebackType

from tests.hostile.place import PICTURE, run_ffmpeg

MARK = b"the-secret-that-nobody-may-read"
OPENED = 0x20
"""IN_OPEN of inotify(7)."""
EVENT = struct.Struct("iIII")


class Witness:
    """Tells of every opening of the secret or the neighbour's clip, by any process, and of every connection
    to the server."""

    def __init__(self, folder: Path, ffmpeg: str) -> None:
        self.secret = folder / "elsewhere" / "secret.txt"
        self.secret.parent.mkdir(parents=True)
        self.secret.write_bytes(MARK + b"\n")
        self.neighbour = folder / "neighbour" / "clip.ts"
        self.neighbour.parent.mkdir()
        run_ffmpeg(ffmpeg, folder, ["-f", "lavfi", "-i", PICTURE, "-c:v", "mpeg2video", str(self.neighbour)])
        self._server = socket.create_server(("127.0.0.1", 0), backlog=100)
        self._server.setblocking(False)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._notices = _watch((self.secret, self.neighbour))

    def __enter__(self) -> Witness:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        os.close(self._notices)

    def saw(self) -> list[str]:
        """What happened since it was last asked."""
        return [*self._connections(), *self._openings()]

    def _connections(self) -> list[str]:
        seen: list[str] = []
        while True:
            try:
                connection, _ = self._server.accept()
            except BlockingIOError:
                return seen
            connection.close()
            seen.append("the server was asked")

    def _openings(self) -> list[str]:
        try:
            events = os.read(self._notices, 65536)
        except BlockingIOError:
            return []
        return ["another file was opened"] * (len(events) // EVENT.size)


def _watch(paths: tuple[Path, ...]) -> int:
    """A descriptor that says when one of these files is opened."""
    libc = ctypes.CDLL(None, use_errno=True)
    notices: int = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    for path in paths:
        if notices < 0 or libc.inotify_add_watch(notices, os.fsencode(path), OPENED) < 0:
            raise OSError(ctypes.get_errno(), "inotify does not watch", str(path))
    return notices
