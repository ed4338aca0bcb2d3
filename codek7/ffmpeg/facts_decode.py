"""Frames' times as the ffmpeg program would give them, told by decoding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

DAMAGED_PACKET = (ValueError, OSError, RuntimeError, NotImplementedError)


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


def decode(container: InputContainer, stream: VideoStream, options: dict[str, str]) -> Iterator[VideoFrame]:
    """Every frame that decodes, in the order of showing; damaged packets give none, as in ffmpeg."""
    context = stream.codec_context
    if not context.is_open:
        context.options = {**context.options, **options}
        context.thread_type = "AUTO"
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except DAMAGED_PACKET:
            packet, packets = None, iter(())
        try:
            yield from context.decode(packet if packet is not None and packet.size else None)
        except EOFError:
            return
        except DAMAGED_PACKET:
            pass
        if packet is None or not packet.size:
            return


def side_data(frame: VideoFrame) -> dict[str, bytes]:
    """A frame's side data by FFmpeg's name of its kind."""
    found: Any = frame.side_data
    return {entry.type.name: bytes(entry) for entry in (found[n] for n in range(len(found)))}


def rising(times: list[int]) -> list[int]:
    """Those that are later than all before: what is left once frames that do not advance are dropped."""
    kept: list[int] = []
    for time in times:
        if not kept or time > kept[-1]:
            kept.append(time)
    return kept
