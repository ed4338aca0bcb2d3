"""A viewer: Chromium with hls.js, told from outside what to do and asked what it saw (see page.js)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

Ranges = tuple[tuple[float, float], ...]


Answer = TypeVar("Answer")


class PlayError(msgspec.Struct, frozen=True):
    """What hls.js reported, fatal or not."""

    type: str
    details: str
    fatal: bool
    message: str


class Frame(msgspec.Struct, frozen=True):
    """A picture as the screen showed it, with its presentation time."""

    at: float
    width: int
    height: int


class Level(msgspec.Struct, frozen=True, rename="camel"):
    """A rendition that hls.js offers."""

    width: int
    height: int
    bitrate: int
    video_codec: str | None = None
    audio_codec: str | None = None


class Choice(msgspec.Struct, frozen=True):
    """A sound or subtitles that hls.js offers."""

    name: str
    lang: str


class Seen(msgspec.Struct, frozen=True):
    """What a viewer saw since the playlist was opened. `sources` is what each source buffer holds."""

    errors: tuple[PlayError, ...]
    time: float
    ended: bool
    duration: float | None
    width: int
    height: int
    frames: tuple[Frame, ...]
    dropped: int
    live: bool | None
    buffered: Ranges
    sources: dict[str, Ranges]
    level: int
    levels: tuple[Level, ...]
    sound: int
    sounds: tuple[Choice, ...]
    subtitles: tuple[Choice, ...]


class Cue(msgspec.Struct, frozen=True):
    """A cue while it shows: its text, and how many elements it has become."""

    start: float
    end: float
    text: str
    elements: int


class Viewer:
    """Calls of page.js, answered. Raises `AssertionError` with what it saw where playing came to nothing."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def open(self, url: str, **config: Any) -> Seen:
        """Load a playlist, with hls.js configured so, up to the first picture; nothing plays yet."""
        return self._call(Seen, "open", url, config)

    def play(self, upto: float | None = None) -> Seen:
        """Play up to a time, or to the end."""
        return self._call(Seen, "play", *([] if upto is None else [upto]))

    def fill(self) -> Seen:
        """Wait until everything up to the end is loaded."""
        return self._call(Seen, "fill")

    def seek(self, to: float) -> Seen:
        """Go to a time and play a little."""
        return self._call(Seen, "seek", to)

    def level(self, number: int) -> Seen:
        """Play on until a rendition's pictures show."""
        return self._call(Seen, "level", number)

    def sound(self, number: int) -> Seen:
        """Play on with another sound."""
        return self._call(Seen, "sound", number)

    def subtitles(self, number: int) -> tuple[Cue, ...]:
        """Play on until cues show."""
        return self._call(tuple[Cue, ...], "subtitles", number)

    def scrub(self, to: float) -> Frame:
        """The I-frame shown for a time, by the player that a timeline's preview uses."""
        return self._call(Frame, "scrub", to)

    def _call(self, kind: type[Answer], *call: object) -> Answer:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline() or '{"failed": "the browser is gone"}')
        assert "failed" not in answer, answer["failed"]
        return msgspec.convert(answer["value"], kind)


@pytest.fixture(scope="session")
def viewer(node: str, web_dir: Path, chromium: str) -> Iterator[Viewer]:
    """One browser for all tests; each opens a page of its own in it."""
    argv = [node, str(web_dir / "play.mjs"), chromium]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        yield Viewer(process)
