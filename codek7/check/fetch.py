"""Where playlists and media come from: a folder, HTTP(S), or any function that reads bytes.

Nothing here raises for what the presentation is to blame for: an `Answer` says what came, or in
`problem` why nothing did.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

LARGEST_PLAYLIST_BYTES = 16 * 2**20
LARGEST_SEGMENT_BYTES = 512 * 2**20


class Read(Protocol):
    """Read `length` bytes of `uri` from `start`, or to the end where `length` is None.

    Fewer bytes come back where the object ends first. Raises OSError, LookupError or ValueError where
    there is no such object. This is all that the publication gate needs to give.
    """

    def __call__(self, uri: str, start: int, length: int | None, /) -> bytes:
        """Return the bytes."""
        ...


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """How a server answered. `whole`: a range was asked for, and everything was sent instead."""

    content_type: str | None = None
    content_encoding: str | None = None
    redirected_to: str | None = None
    whole: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What reading gave. `delivery` is None where no HTTP server answered."""

    body: bytes = b""
    problem: str | None = None
    delivery: Delivery | None = None


@runtime_checkable
class Fetch(Protocol):
    """A place to read from. `start` and `length` as in `Read`; at most `limit` bytes are read."""

    def get(self, uri: str, start: int = 0, length: int | None = None, *, limit: int) -> Answer:
        """Read one object or a range of it."""
        ...


class LocalFetch:
    """Reads files below one folder, and nothing else: no `..`, no absolute path, no link that leaves."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def get(self, uri: str, start: int = 0, length: int | None = None, *, limit: int) -> Answer:
        """Read a file whose path is relative to the root."""
        if ":" in uri.split("/", 1)[0] or posixpath.isabs(uri) or "\x00" in uri:
            return Answer(problem="not a relative path; only files beside the playlist are read")
        try:
            path = (self.root / uri).resolve()
            if not path.is_relative_to(self.root):
                return Answer(problem="outside the presentation's folder; not read")
            if not path.is_file():
                return Answer(problem="no such file")
            wanted = limit + 1 if length is None else length
            if wanted > limit and path.stat().st_size - start > limit:
                return Answer(problem=f"more than {limit} bytes; not read")
            with path.open("rb") as file:
                file.seek(start)
                return Answer(body=file.read(min(wanted, limit)))
        except (OSError, OverflowError, RuntimeError) as error:  # RuntimeError: a loop of links
            return Answer(problem=f"cannot be read: {type(error).__name__}")


class ReadFetch:
    """Reads through a plain function, such as a store's."""

    def __init__(self, read: Read) -> None:
        self.read = read

    def get(self, uri: str, start: int = 0, length: int | None = None, *, limit: int) -> Answer:
        """Call the function and turn its errors into a problem."""
        if length is not None and length > limit:
            return Answer(problem=f"more than {limit} bytes; not read")
        try:
            body = self.read(uri, start, limit + 1 if length is None else length)
        except (OSError, LookupError, ValueError) as error:
            return Answer(problem=f"cannot be read: {type(error).__name__}: {error}")
        if len(body) > limit:
            return Answer(problem=f"more than {limit} bytes; not read")
        return Answer(body=body)
