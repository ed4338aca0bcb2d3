"""Pictures of a video file by their number, in order of presentation, however the file is put together."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from codek7.core.errors import MediaUnreadable
from codek7.core.media import Limits
from codek7.ffmpeg.safe_open import open_media

KEPT = 96
"""Decoded pictures that stay at hand: more than a GOP of 2 s at 30 a second, so that a scrub back is
quick."""


class Reel:
    """An open file. Use from one thread at a time, and close it."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._container = open_media(path, limits)
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._name = path.name
        self._pts: list[int] = []
        self._keys: list[int] = []
        self.sizes: dict[int, int] = {}
        """Bytes of each picture's packet, by its time."""
        self._index()
        self._kept: OrderedDict[int, Any] = OrderedDict()
        self._decoding: Any = None
        self._next = 0

    def __len__(self) -> int:
        return len(self._pts)

    @property
    def times(self) -> tuple[int, ...]:
        """When each picture presents, in ticks of the file."""
        return tuple(self._pts)

    def frame(self, number: int) -> Any:
        """The picture with this number, as PyAV's `VideoFrame`. Raises `MediaUnreadable`."""
        if number not in self._kept:
            self._decode_to(number)
        self._kept.move_to_end(number)
        return self._kept[number]

    def kind(self, number: int) -> str:
        """What a picture was coded as: I, P or B."""
        from av.video.frame import PictureType

        name = PictureType(self.frame(number).pict_type).name
        return name if name in ("I", "B") else "P"

    def close(self) -> None:
        """Let go of the file."""
        self._decoding = None
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _index(self) -> None:
        for packet in self._container.demux(self._stream):
            if packet.size and packet.pts is not None and not packet.is_discard:
                self._pts.append(packet.pts)
                self.sizes[packet.pts] = packet.size
                if packet.is_keyframe:
                    self._keys.append(packet.pts)
        self._pts.sort()
        self._keys.sort()
        self._numbers = {pts: number for number, pts in enumerate(self._pts)}

    def _decode_to(self, number: int) -> None:
        """From where the decoder is, if that is not far before, else from the key frame before."""
        key = self._keys[max(0, bisect_right(self._keys, self._pts[number]) - 1)]
        if self._decoding is None or not self._numbers[key] <= self._next <= number:
            self._container.seek(key, stream=self._stream)
            self._decoding = self._container.decode(self._stream)
        for frame in self._decoding:
            at = self._numbers.get(frame.pts)
            if at is None:
                continue
            self._kept[at] = frame
            self._next = at + 1
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            if at == number:
                return
        self._decoding = None
        raise MediaUnreadable(f"{self._name} has no picture {number}", hint="try the rung again")
