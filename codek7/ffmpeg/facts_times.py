"""The times of a picture track's frames: from its packets where both ends bear them out, else decoded."""

from __future__ import annotations

from bisect import bisect_left
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from codek7.core.errors import MediaEmpty, MediaTooBig
from codek7.core.frame_times import FrameTimes
from codek7.ffmpeg.facts_decode import Clock, decode, rising, side_data
from codek7.ffmpeg.facts_packets import Packets
from codek7.ffmpeg.safe_open import open_media

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from codek7.core.media import Limits

HEAD_FRAMES = 48
"""Frames decoded at the start to see whether packets tell the truth."""
TAIL_FRAMES = 600
"""The most packets between the key frame sought and the end."""
FEW_FRAMES = 150
"""Tracks this short are decoded as a whole: the look at both ends would cost as much."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What frames say of the picture; `described` is a frame, or the codec context where none decoded."""

    described: Any
    side: dict[str, bytes]
    interlaced: bool
    pixel_format: str
    bit_depth: int


class Reader:
    """Decodes parts of one track, each through a freshly opened file, and keeps what frames look like."""

    def __init__(self, path: Path, index: int, limits: Limits) -> None:
        self._path, self._index, self._limits = path, index, limits
        self._first: VideoFrame | None = None
        self._side: dict[str, bytes] = {}
        self._seen = self._interlaced = 0

    def times(self, *, most: int | None = None, seek_to: int | None = None) -> tuple[list[int], int | None]:
        """Times of frames in the order of showing, at most so many, from a key frame at or before `seek_to`;
        and the time of the first key frame among them."""
        with open_media(self._path, self._limits) as container:
            stream = container.streams.video[0]
            stream = next(s for s in container.streams.video if s.index == self._index)
            if seek_to is not None:
                container.seek(seek_to, stream=stream, backward=True)
            return self._read(container, stream, most)

    def _read(
        self, container: InputContainer, stream: VideoStream, most: int | None
    ) -> tuple[list[int], int | None]:
        clock, times, key = Clock(_ticks_per_frame(stream)), [], None
        for frame in islice(decode(container, stream, {"max_pixels": str(self._limits.max_pixels)}), most):
            self._notice(frame)
            time = clock.time(frame)
            times.append(time)
            if key is None and frame.key_frame:
                key = time
            if len(times) > self._limits.max_frames:
                raise MediaTooBig(
                    f"more than {self._limits.max_frames} frames in one track",
                    hint="raise limits.max_frames, or cut it into parts",
                )
        return times, key

    def _notice(self, frame: VideoFrame) -> None:
        if self._first is None:
            self._first, self._side = frame, side_data(frame)
        self._seen += 1
        self._interlaced += frame.interlaced_frame

    def look(self, stream: VideoStream) -> Look:
        """What was seen so far."""
        described = self._first if self._first is not None else stream.codec_context
        pixels = described.format
        return Look(
            described=described,
            side=self._side,
            interlaced=2 * self._interlaced > self._seen,
            pixel_format=pixels.name if pixels else "yuv420p",
            bit_depth=pixels.components[0].bits if pixels else 8,
        )


def frame_times(reader: Reader, packets: Packets, thorough: bool) -> FrameTimes:
    """When each frame is shown, strictly rising. Raises `MediaEmpty` where none decodes."""
    shown = None if thorough else _from_packets(reader, packets)
    if shown is None:
        shown = rising(reader.times()[0])
    if not shown:
        raise MediaEmpty("none of its pictures can be decoded", hint="check that it plays, and send it again")
    return FrameTimes.of(shown, _last_duration(packets, shown))


def _from_packets(reader: Reader, packets: Packets) -> list[int] | None:
    """The packets' times, if they are whole and frames decoded at both ends agree with them; else None."""
    if packets.untimed or packets.corrupt or len(packets.pts) <= FEW_FRAMES:
        return None
    times = sorted(packets.pts)
    if len(set(times)) < len(times):
        return None
    start = _agreed_start(times, reader.times(most=HEAD_FRAMES)[0])
    if start is None:
        return None
    times = times[start:]
    keys = sorted(packets.key_pts)
    seek_to = next((key for key in keys[-2:] if len(times) - bisect_left(times, key) <= TAIL_FRAMES), None)
    if seek_to is None:
        return None
    tail, key = reader.times(seek_to=seek_to)
    if key is None:
        return None
    agreed = [time for time in tail if time >= key] == times[bisect_left(times, key) :]
    return times if agreed else None


def _agreed_start(times: list[int], head: list[int]) -> int | None:
    """Where among the packets' times the decoded ones begin, if they follow each other from there on."""
    if not head:
        return None
    start = bisect_left(times, head[0])
    return start if times[start : start + len(head)] == head else None


def _last_duration(packets: Packets, shown: list[int]) -> int | None:
    """How long the last frame is shown, where its packet says something that can be."""
    steps = FrameTimes.of(shown)
    likely = steps.typical_step()
    said = packets.last_duration
    return said if 2 * said >= likely and (len(shown) == 1 or said <= 1000 * likely) else likely


def _ticks_per_frame(stream: VideoStream) -> int:
    rate, base = stream.guessed_rate, stream.time_base
    if not rate or not base:
        return 1
    return round(rate.denominator * base.denominator / (rate.numerator * base.numerator))
