"""What the bytes of one segment say, read with PyAV; nothing is decoded but one frame where asked.

The bytes are in memory, the format is named, and no protocol may be opened, so a segment cannot make
FFmpeg read anything else.
"""

from __future__ import annotations

import io
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import av
import msgspec
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from codek7.check.codecs import codec_string
from codek7.check.nal import is_clean_start, nal_length_bytes

AnyPacket: TypeAlias = "av.Packet[Any]"
Container = Literal["mp4", "mpegts", "aac", "mp3", "ac3", "eac3"]
Kind = Literal["video", "audio", "subtitle"]
Start = Literal["idr", "key", "none"]

LOOKED_AT = 4
MOST_PIXELS = 40_000_000
PQ, HLG = 16, 18
# Naming no decoder makes opening 20 times cheaper, as FFmpeg then cannot decode to find parameters; but
# outside MP4 it needs to know the frame length of audio to give each packet a time.
_DECODERS = {"mp4": "none"}
_AUDIO_DECODERS = "aac,mp3float,mp3,ac3,eac3"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What decoding one frame of a track showed; fields that do not apply or are unknown are None."""

    width: int | None = None
    height: int | None = None
    sample_aspect: Fraction = Fraction(1)
    transfer: int | None = None
    interlaced: bool = False
    channels: int | None = None
    sample_rate_hz: int | None = None


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One track's part of one segment. Times are seconds of the media's own clock.

    `start_s` to `end_s` is presentation time, encoder priming cut off, and `last_s` is when the last frame
    starts; `decode_start_s` to `decode_end_s` is decode time. `starts` says what the first packet is: an
    IDR, merely flagged as a key, or neither. `keys_s` are the presentation times of the IDRs. `frame_s` is
    the usual duration of a frame, `shortest_s` and `longest_s` the extremes between neighbours in
    presentation order.
    """

    kind: Kind
    codec_name: str
    codec: str | None
    packets: int
    start_s: Fraction
    end_s: Fraction
    last_s: Fraction
    decode_start_s: Fraction
    decode_end_s: Fraction
    starts: Start
    keys_s: tuple[Fraction, ...]
    tick_s: Fraction
    frame_s: Fraction
    shortest_s: Fraction
    longest_s: Fraction
    damaged: int = 0
    entry: str = ""
    last_byte: int | None = None
    look: Look | None = None


class MediaRead(msgspec.Struct, frozen=True, kw_only=True):
    """The tracks of a segment, or in `problem` why it could not be read."""

    tracks: tuple[Track, ...] = ()
    problem: str | None = None

    def track(self, kind: Kind) -> Track | None:
        """Return the first track of a kind."""
        return next((track for track in self.tracks if track.kind == kind), None)

    def moved(self, by_s: Fraction) -> MediaRead:
        """Return the same with all times later by `by_s`; packed audio's times come from outside it."""
        replace = msgspec.structs.replace
        tracks = (
            replace(
                track,
                start_s=track.start_s + by_s,
                end_s=track.end_s + by_s,
                last_s=track.last_s + by_s,
                decode_start_s=track.decode_start_s + by_s,
                decode_end_s=track.decode_end_s + by_s,
                keys_s=tuple(key + by_s for key in track.keys_s),
            )
            for track in self.tracks
        )
        return replace(self, tracks=tuple(tracks))


class _Packet(msgspec.Struct, frozen=True):
    pts: int
    dts: int
    duration: int
    key: bool
    idr: bool | None
    damaged: bool
    end: int | None


def read_media(data: bytes, container: Container, *, look: bool) -> MediaRead:
    """Read the packets of a segment, its initialization section in front. `look` decodes one frame each."""
    options = {
        "format_whitelist": "mov,mp4" if container == "mp4" else container,
        "protocol_whitelist": "none",
        "codec_whitelist": _DECODERS.get(container, _AUDIO_DECODERS),
    }
    try:
        with av.open(io.BytesIO(data), "r", format=container, options=options) as opened:
            return _read(opened, container, look)
    except (av.FFmpegError, ValueError, EOFError, LookupError, ArithmeticError) as error:
        # PyAV raises builtins for some damage, such as a stream that appears on the way.
        return MediaRead(problem=f"{type(error).__name__}: {getattr(error, 'strerror', '') or error}")


def _read(opened: av.container.InputContainer, container: Container, look: bool) -> MediaRead:
    streams = {
        stream.index: stream
        for stream in opened.streams
        # A codec that FFmpeg does not know has no context.
        if stream.type in ("video", "audio", "subtitle") and stream.codec_context is not None
    }
    packets: dict[int, list[_Packet]] = {index: [] for index in streams}
    firsts: dict[int, list[AnyPacket]] = {index: [] for index in streams}
    for packet in opened.demux():
        index = packet.stream.index
        if packet.size == 0 or index not in streams:  # a transport stream may bring new ones on the way
            continue
        if len(firsts[index]) < LOOKED_AT:
            firsts[index].append(packet)
        packets[index].append(_facts(packet, streams[index], packets[index][-1:]))
    tracks = []
    for index, stream in streams.items():
        if packets[index]:
            seen = _look(stream, firsts[index]) if look else None
            tracks.append(_track(stream, packets[index], firsts[index][0], container, seen))
    return MediaRead(tracks=tuple(tracks))


def _facts(packet: AnyPacket, stream: av.stream.Stream, before: list[_Packet]) -> _Packet:
    key = packet.is_keyframe
    idr = None
    if key and stream.type == "video":
        name, extradata = stream.codec_context.codec.canonical_name, stream.codec_context.extradata or b""
        idr = is_clean_start(name, bytes(packet), nal_length_bytes(name, extradata))
    following = before[0].dts + before[0].duration if before else 0
    dts = next(time for time in (packet.dts, packet.pts, following) if time is not None)
    position = packet.pos
    return _Packet(
        packet.pts if packet.pts is not None else dts,
        dts,
        packet.duration or 0,
        key,
        idr,
        packet.is_corrupt,
        position + packet.size if position is not None and position >= 0 else None,
    )


def _track(
    stream: av.stream.Stream,
    packets: list[_Packet],
    first: AnyPacket,
    container: Container,
    seen: Look | None,
) -> Track:
    context = stream.codec_context
    name, extradata, kind = context.codec.canonical_name, context.extradata or b"", _kind(stream)
    entry = context.codec_tag if container == "mp4" else ""
    head = bytes(first)[:8] if name == "aac" else b""
    tick = Fraction(stream.time_base or 1)
    shown = sorted({packet.pts for packet in packets})
    steps = [later - sooner for sooner, later in pairwise(shown)]
    durations = sorted(packet.duration for packet in packets)
    usual = durations[len(durations) // 2] or (sorted(steps)[len(steps) // 2] if steps else 0)
    last = packets[-1]
    decode_end = last.dts + (last.duration or usual)
    end = max(packet.pts + (packet.duration or usual) for packet in packets)
    if kind == "video" and len(shown) == len(packets):
        # A sample's duration is that of its decode time: with frames out of order and of unequal length, it
        # is another frame's. All together they are right.
        end = max(shown[-1] + 1, shown[0] + decode_end - packets[0].dts)
    # A negative time comes only from an edit list: samples that are decoded but not presented.
    start = max(shown[0], 0)
    return Track(
        kind=kind,
        codec_name=name,
        codec=codec_string(name, entry, extradata, head),
        packets=len(packets),
        start_s=start * tick,
        end_s=end * tick,
        last_s=shown[-1] * tick,
        decode_start_s=packets[0].dts * tick,
        decode_end_s=decode_end * tick,
        starts=_starts(packets[0]),
        keys_s=tuple(p.pts * tick for p in packets if kind == "video" and p.key and p.idr is not False),
        tick_s=tick,
        frame_s=usual * tick,
        shortest_s=min(steps, default=usual) * tick,
        longest_s=max(steps, default=usual) * tick,
        damaged=sum(packet.damaged for packet in packets),
        entry=entry,
        last_byte=max((p.end for p in packets if p.end is not None), default=None),
        look=seen,
    )


def _kind(stream: av.stream.Stream) -> Kind:
    return "video" if stream.type == "video" else "audio" if stream.type == "audio" else "subtitle"


def _starts(first: _Packet) -> Start:
    if first.idr or (first.key and first.idr is None):
        return "idr"
    return "key" if first.key else "none"


def _look(stream: av.stream.Stream, packets: list[AnyPacket]) -> Look | None:
    """Decode until a frame comes out and tell what it is; None where none does.

    The first packet of sound may be all priming and give nothing.
    """
    source = stream.codec_context
    try:
        context = av.CodecContext.create(source.name, "r")
        context.extradata = source.extradata
        context.thread_count = 1
        context.options = {"max_pixels": str(MOST_PIXELS)}
        for packet in (*packets[: 1 if stream.type == "video" else None], None):
            for frame in _decoded(context, packet):
                return _seen(frame, context)
    except (av.FFmpegError, ValueError):
        return None
    return None


def _seen(frame: object, context: av.CodecContext) -> Look | None:
    if isinstance(frame, av.VideoFrame) and isinstance(context, VideoCodecContext):
        return Look(
            width=frame.width,
            height=frame.height,
            sample_aspect=Fraction(context.sample_aspect_ratio or 1),
            transfer=int(frame.color_trc),
            interlaced=frame.interlaced_frame,
        )
    if isinstance(frame, av.AudioFrame):
        return Look(channels=frame.layout.nb_channels, sample_rate_hz=frame.sample_rate)
    return None


def _decoded(context: av.CodecContext, packet: AnyPacket | None) -> list[object]:
    return list(context.decode(packet)) if isinstance(context, (VideoCodecContext, AudioCodecContext)) else []
