"""What viewers will see: a presentation, played through the kernel."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec
import traitlets

from codek7.core.errors import KeyInvalid
from codek7.lab.views.player_still import draw_renditions, poster_sheet
from codek7.lab.views.view import Answer, Still, View

Read = Callable[[str, int, int | None], bytes]

PIECE_BYTES = 256 * 1024
"""What one answer carries at most, so that other messages pass between the pieces."""
_PATH = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")


class AskBytes(msgspec.Struct, frozen=True, tag_field="ask", tag="bytes"):
    """What is in a file of the presentation from `start` on? At most `length` bytes, or all."""

    path: str
    start: int = 0
    length: int | None = None


class _Scene(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    main: str
    piece_bytes: int


class Player(View):
    """hls.js, whose every request goes through the kernel: no web server is needed, so a notebook on another
    machine plays as well as one on this.

    `read(path, start, length)` gives the bytes of a file of the presentation, `main` is the main playlist's
    path; what playlists name is read from beside it. `poster` is a picture, JPEG or PNG.
    """

    module: ClassVar[str] = "player"
    asks: ClassVar[Any] = AskBytes

    _picture = traitlets.Bytes().tag(sync=True)

    def __init__(
        self, read: Read, main: str = "main.m3u8", *, title: str = "Player", poster: bytes = b""
    ) -> None:
        self._read, self._main, self._title, self._poster = read, checked(main), title, poster
        super().__init__(_Scene(title=title, main=main, piece_bytes=PIECE_BYTES), _picture=poster)

    def answer(self, ask: AskBytes) -> Answer:
        """A piece of a file, and how large the file is where all of it was read."""
        path, start = checked(ask.path), max(0, ask.start)
        if ask.length is None:
            body = self._read(path, start, None)
            return Answer({"total": start + len(body)}, (body[:PIECE_BYTES],))
        body = self._read(path, start, min(max(0, ask.length), PIECE_BYTES))
        return Answer({"total": None}, (body,))

    def still(self) -> Still:
        """The poster where there is one, else what the main playlist offers."""
        if self._poster:
            return poster_sheet(self._title, self._poster)
        return draw_renditions(self._title, self._read(self._main, 0, None).decode("utf-8", "replace"))


def checked(path: str) -> str:
    """A relative path of plain names. Raises `KeyInvalid` for anything else: playlists may name what they
    like, and only what lies beside them is read."""
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise KeyInvalid(
            f"a playlist asks for {path!r:.120}", hint="only files of the presentation are played"
        )
    return path
