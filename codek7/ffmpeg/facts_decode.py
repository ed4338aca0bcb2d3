"""Frames' times as the ffmpeg program would give them, told by decoding."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from codek7.core.errors import MediaTooBig
from codek7.ffmpeg.facts_packets import DAMAGE, next_packet
from codek7.ffmpeg.safe_open import open_media

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from codek7.core.media import Limits

LAST_PACKETS = 64
"""More than any decoder holds back for reordering and for its threads."""


class Clock:
    """Each frame's time, by the rules of libavcodec's `best_effort_timestamp` and of the ffmpeg program.

    A frame's own time counts, unless more of them ran backwards than decoding times did; then the decoding
    time counts. A frame with neither follows the one before.
    """

    def __init__(self, ticks_per_frame: int) -> None:
        self._ticks_per_frame = max(1, ticks_per_frame)
        self._last_pts = self._last_dts = -(1 << 63)
        self._faulty_pts = self._faulty_dts = 0
        self._shown: int | None = None
        self._lasts = 1

    def time(self, frame: VideoFrame) -> int:
        """When this frame is shown, in ticks."""
        pts = self._best(frame.pts, frame.dts)
        if pts is None:
            pts = 0 if self._shown is None else self._shown + self._lasts
        self._lasts = self._estimate(pts, frame.duration or 0)
        self._shown = pts
        return pts

    def _best(self, pts: int | None, dts: int | None) -> int | None:
        if dts is not None:
            self._faulty_dts += dts <= self._last_dts
            self._last_dts = dts
        elif pts is not None:
            self._last_dts = pts
        if pts is not None:
            self._faulty_pts += pts <= self._last_pts
            self._last_pts = pts
        elif dts is not None:
            self._last_pts = dts
        if pts is not None and (dts is None or self._faulty_pts <= self._faulty_dts):
            return pts
        return dts

    def _estimate(self, pts: int, duration: int) -> int:
        since = -1 if self._shown is None else pts - self._shown
        if duration > 0 and not (duration == 1 and since > 2):
            return duration
        return since if since > 0 else max(duration, self._ticks_per_frame)


class Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """Times of frames in the order of showing, and of those that are key frames."""

    times: list[int]
    keys: list[int]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What frames say of the picture. `described` is the first of them."""

    described: Any
    side: dict[str, bytes]
    interlaced: bool


class Reader:
    """Decodes parts of one track, each through a freshly opened file, and keeps what its frames look like."""

    def __init__(self, path: Path, index: int, limits: Limits) -> None:
        self._path, self._index, self._limits = path, index, limits
        self._first: VideoFrame | None = None
        self._side: dict[str, bytes] = {}
        self._seen = self._interlaced = 0

    def read(
        self,
        *,
        most: int | None = None,
        seek_to: int | None = None,
        until: int | None = None,
        untimed: bool = False,
    ) -> Decoded:
        """Frames from the start, or a key frame before `seek_to`; up to so many, or the first at `until`.

        `untimed` tells that packets without a time are to be expected.
        """
        # A frame that cannot be decoded makes PyAV lose all behind it that threads still work on. Where that
        # happened at the end, and where it could not be told, frames are decoded one after another.
        for threads in ("SLICE",) if untimed else ("AUTO", "SLICE"):
            decoded, whole = self._read(threads, most, seek_to, until)
            if whole:
                break
        return decoded

    def _read(
        self, threads: str, most: int | None, seek_to: int | None, until: int | None
    ) -> tuple[Decoded, bool]:
        with open_media(self._path, self._limits) as container:
            stream = next(s for s in container.streams.video if s.index == self._index)
            if seek_to is not None:
                container.seek(seek_to, stream=stream, backward=True)
            context = stream.codec_context
            context.options = {**context.options, "max_pixels": str(self._limits.max_pixels)}
            context.thread_type = threads
            clock, decoded = Clock(_ticks_per_frame(stream)), Decoded(times=[], keys=[])
            last: list[int | None] = []
            for frame in decoded_frames(container, stream, last):
                self._notice(frame)
                time = clock.time(frame)
                if until is not None and time >= until:
                    return decoded, True
                decoded.times.append(time)
                if frame.key_frame:
                    decoded.keys.append(time)
                self._check(len(decoded.times))
                if len(decoded.times) == most:
                    return decoded, True
        return decoded, set(last) <= set(decoded.times[-4 * LAST_PACKETS :])

    def _check(self, frames: int) -> None:
        if frames > self._limits.max_frames:
            raise MediaTooBig(
                f"a track has more than {self._limits.max_frames} frames",
                hint="raise limits.max_frames, or cut it into parts",
            )

    def _notice(self, frame: VideoFrame) -> None:
        if self._first is None:
            self._first, self._side = frame, _side_data(frame)
        self._seen += 1
        self._interlaced += frame.interlaced_frame

    def look(self) -> Look | None:
        """What was seen so far; None before the first frame."""
        if self._first is None:
            return None
        return Look(described=self._first, side=self._side, interlaced=2 * self._interlaced > self._seen)


def decoded_frames(
    container: InputContainer, stream: VideoStream, last: list[int | None]
) -> Iterator[VideoFrame]:
    """Every frame that decodes, in the order of showing; damaged packets give none, as in ffmpeg.

    `last` ends up with the times of the last packets that should be shown. Raises `MemoryError`.
    """
    for packet in chain(_packets(container, stream, last), (None,)):
        try:
            frames = stream.codec_context.decode(packet)
        except DAMAGE:
            if _memory_is_short():
                raise MemoryError from None
            continue
        yield from frames


def _memory_is_short() -> bool:
    """Whether this process is near its limit (Linux). Decoders mix up damage and a want of memory, either
    way; frames that are lost for want of memory must not pass for damaged ones."""
    most, _ = resource.getrlimit(resource.RLIMIT_DATA)
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except OSError:
        return False
    return most != resource.RLIM_INFINITY and 2 * pages * resource.getpagesize() > most


def _packets(
    container: InputContainer, stream: VideoStream, last: list[int | None]
) -> Iterator[Packet[VideoStream]]:
    """Empty ones aside: AVI has them for frames that are shown twice, and PyAV ends with one."""
    packets = container.demux(stream)
    while packet := next_packet(packets):
        if packet.size:
            if not packet.is_discard:
                last.append(packet.pts)
                del last[:-LAST_PACKETS]
            yield packet


def heard(container: InputContainer, most: int) -> bool:
    """Whether any of the first packets of sound decodes."""
    packets = container.demux(container.streams.audio)
    for _ in range(most):
        packet = next_packet(packets)
        if packet is None:
            return False
        with suppress(*DAMAGE):
            if packet.size and packet.decode():
                return True
    return False


def _side_data(frame: VideoFrame) -> dict[str, bytes]:
    """A frame's side data by FFmpeg's name of its kind."""
    found: Any = frame.side_data
    return {entry.type.name: bytes(entry) for entry in (found[n] for n in range(len(found)))}


def _ticks_per_frame(stream: VideoStream) -> int:
    rate, base = stream.guessed_rate, stream.time_base
    if not rate or not base:
        return 1
    return round(rate.denominator * base.denominator / (rate.numerator * base.numerator))
