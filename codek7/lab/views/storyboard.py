"""A source shot by shot: a picture of each, how hard it is to encode, and what it takes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec
import traitlets

from codek7.core.ports import Frames
from codek7.lab.views.pictures import thumbnail
from codek7.lab.views.storyboard_still import contact_sheet
from codek7.lab.views.view import Answer, Still, View

MOST_PICTURES = 12
LOWEST, HIGHEST = 48, 480


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """From one cut to the next. `complexity` is any measure that rises with the difficulty of encoding."""

    start_us: int
    end_us: int
    average_bps: int = 0
    complexity: float = 0.0


class AskPictures(msgspec.Struct, frozen=True, tag_field="ask", tag="pictures"):
    """How do these shots look, in so many lines?"""

    shots: tuple[int, ...]
    height: int


class _Scene(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    shots: tuple[Shot, ...]


class Storyboard(View):
    """The shots in order, each with a sample picture, its complexity and its bits.

    `clicked_us` is the time of the shot that was clicked last, None before; observe it.
    """

    module: ClassVar[str] = "storyboard"
    asks: ClassVar[Any] = AskPictures

    clicked_us = traitlets.Int(None, allow_none=True).tag(sync=True)

    def __init__(self, frames: Frames, shots: Sequence[Shot], *, title: str = "Storyboard") -> None:
        self._frames, self._shots, self._title = frames, tuple(shots), title
        times = frames.times_us()
        self._pictures = [_picture(times, shot) for shot in self._shots]
        super().__init__(_Scene(title=title, shots=self._shots))

    def answer(self, ask: AskPictures) -> Answer:
        """Of each shot a JPEG; empty where there is no picture of it."""
        height = min(max(ask.height, LOWEST), HIGHEST)
        files = (self._jpeg(shot, height) for shot in ask.shots[:MOST_PICTURES])
        return Answer(None, tuple(files))

    def still(self) -> Still:
        """A contact sheet of shots, evenly chosen where there are too many."""
        return contact_sheet(self._title, self._shots, self._jpeg)

    def _jpeg(self, shot: int, height: int) -> bytes:
        picture = self._pictures[shot]
        return b"" if picture is None else thumbnail(self._frames.jpeg(picture), height)


def _picture(times_us: Sequence[int], shot: Shot) -> int | None:
    """Of the sample pictures within a shot the one nearest to its middle; else the last one before it."""
    if not times_us:
        return None
    first, end = bisect_left(times_us, shot.start_us), bisect_left(times_us, shot.end_us)
    if first == end:
        return max(0, first - 1)
    middle_us = (shot.start_us + shot.end_us) // 2
    return min(range(first, end), key=lambda picture: abs(times_us[picture] - middle_us))
