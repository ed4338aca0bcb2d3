"""Serve a folder on 127.0.0.1, byte ranges included: `python -m scripts.serve FOLDER [PORT]`.

Segments are byte ranges of a few objects. Any static host answers those, but Python's own `http.server`
ignores `Range`.
"""

from __future__ import annotations

import io
import os
import re
import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

MEDIA_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt",
}
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class RangeHandler(SimpleHTTPRequestHandler):
    """GET and HEAD of files, one range at a time (RFC 9110, section 14)."""

    def guess_type(self, path: str | os.PathLike[str]) -> str:
        return MEDIA_TYPES.get(Path(path).suffix) or super().guess_type(path)

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        asked = RANGE.fullmatch(self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if asked is None or not valid(*asked.groups()) or not path.is_file():
            return super().send_head()
        size = path.stat().st_size
        first, last = bounds(asked[1], asked[2], size)
        if first > last:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        self.send_response(HTTPStatus.PARTIAL_CONTENT)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        with path.open("rb") as file:
            file.seek(first)
            return io.BytesIO(file.read(last - first + 1))

    def end_headers(self) -> None:
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()


def valid(first: str, last: str) -> bool:
    """An invalid range is ignored, one that cannot be met is refused: they are not the same."""
    return int(first) <= int(last) if first and last else bool(first or last)


def bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Both ends, inclusive; the first is past the last where the range cannot be met."""
    if not first:
        length = int(last)
        return (max(size - length, 0), size - 1) if length else (size, size - 1)
    return int(first), min(int(last), size - 1) if last else size - 1


def server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of this folder, on a free port unless one is named; the caller runs and closes it."""
    return ThreadingHTTPServer(("127.0.0.1", port), partial(RangeHandler, directory=str(folder)))


def main(folder: Path, port: int) -> None:
    with server(folder, port) as static:
        print(f"{folder} on http://127.0.0.1:{static.server_port}/ (Ctrl-C ends)", flush=True)
        try:
            static.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 8000)
