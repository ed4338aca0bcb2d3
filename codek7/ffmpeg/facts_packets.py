"""What the packets of a file say, read once from the first to the last without decoding."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from av.error import FFmpegError

from codek7.core.errors import MediaTooBig

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

    from codek7.core.media import Limits

S = TypeVar("S", bound="Stream")

DAMAGE: tuple[type[Exception], ...] = (FFmpegError, OSError, ValueError, RuntimeError, NotImplementedError)
"""What PyAV raises where a file is damaged (and where memory is short, which decoders call damage too)."""


class Packets:
    """One picture track's packets so far; times in ticks of the track."""

    def __init__(self) -> None:
        self.pts = array("q")
        """Presentation times of what is shown, in file order; hidden packets (edit lists) are left out."""
        self.key_pts = array("q")
        self.doubtful = array("q")
        """About where something is wrong: corrupt packets, and such without a time."""
        self.untimed = 0
        self.backwards = False
        """Whether decoding times run backwards somewhere: two recordings in one file, or damage."""
        self.size_bytes = 0
        self.count = 0
        self.last_duration = 0
        """Of the packet that is presented last."""
        self._latest = self._dts = -(1 << 63)

    @property
    def start(self) -> int | None:
        """When the first picture is presented."""
        return min(self.pts, default=None)

    def add(self, packet: Packet[Stream]) -> None:
        """The next packet in file order."""
        self.count += 1
        self.size_bytes += packet.size
        pts, dts = packet.pts, packet.dts
        if dts is not None:
            self.backwards |= dts < self._dts
            self._dts = dts
        if pts is None:
            self.untimed += 1
        if pts is None or packet.is_corrupt:
            self.doubtful.append(self._latest if pts is None else pts)
        if pts is None or packet.is_discard:
            return
        self.pts.append(pts)
        if packet.is_keyframe:
            self.key_pts.append(pts)
        if pts >= self._latest:
            self._latest, self.last_duration = pts, packet.duration or 0


class SoundPackets:
    """One sound track's packets so far: where its samples start and end, in ticks of the track."""

    def __init__(self, sample_ticks: Fraction) -> None:
        self.start: int | None = None
        self.end = 0
        self.longest_pause = 0
        """Ticks between the end of a packet and the beginning of the next."""
        self.size_bytes = 0
        self.count = 0
        self._sample_ticks = sample_ticks

    def add(self, packet: Packet[Stream]) -> None:
        """The next packet in file order."""
        self.count += 1
        self.size_bytes += packet.size
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None:
            pts = self.end
        skipped, trimmed = self._priming(packet)
        if self.start is None:
            self.start = self.end = pts + skipped
        self.longest_pause = max(self.longest_pause, pts - self.end)
        if not packet.is_discard:
            self.end = max(self.end, pts + (packet.duration or 0) - trimmed)

    def _priming(self, packet: Packet[Stream]) -> tuple[int, int]:
        """Ticks to drop at the packet's start and end (AV_PKT_DATA_SKIP_SAMPLES: two 32-bit counts)."""
        if not packet.has_sidedata("skip_samples"):
            return 0, 0
        first, last = struct.unpack("<2I", bytes(packet.get_sidedata("skip_samples"))[:8])
        return round(first * self._sample_ticks), round(last * self._sample_ticks)


def read_packets(container: InputContainer, limits: Limits) -> dict[int, Packets | SoundPackets]:
    """Every picture and sound track's packets by stream index. Damage ends the reading, as in a player.

    Raises `MediaTooBig` over `limits.max_frames` packets in a track, and over what the file can hold: an
    index of some kilobytes can repeat them without end.
    """
    tracks = {stream.index: kind for stream in container.streams if (kind := _empty(stream)) is not None}
    packets = container.demux([container.streams[index] for index in tracks]) if tracks else iter(())
    while packet := next_packet(packets):
        if packet.size:
            track = tracks[packet.stream_index]
            track.add(packet)
            if track.count > min(limits.max_frames, container.size):
                raise _too_many(track.count, limits)
    return tracks


def _too_many(packets: int, limits: Limits) -> MediaTooBig:
    if packets > limits.max_frames:
        message = f"a track has more than {limits.max_frames} packets"
        return MediaTooBig(message, hint="raise limits.max_frames, or cut it into parts")
    return MediaTooBig(
        "a track has more packets than the file has bytes", hint="remux it; its index is damaged"
    )


def next_packet(packets: Iterator[Packet[S]]) -> Packet[S] | None:
    """The next of what PyAV demuxes; None at the end, and where damage ends it."""
    try:
        return next(packets, None)
    except DAMAGE:
        return None
    except IndexError:  # PyAV stumbles, at the end, over streams that were found late
        return None


def _empty(stream: Stream) -> Packets | SoundPackets | None:
    context: Any = stream.codec_context
    if context is None or not stream.time_base:
        return None
    if stream.type == "video":
        return Packets()
    rate = getattr(context, "sample_rate", 0)
    if stream.type == "audio" and rate and context.channels:
        base = stream.time_base
        return SoundPackets(1 / (rate * Fraction(base.numerator, base.denominator)))
    return None
