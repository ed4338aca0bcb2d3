"""Everything there is to know of a local media file, read with PyAV in this process.

Packets are read once; what they say wins over headers. The track to encode is then decoded in places
(see `facts_times`), the other pictures only looked at.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from av.error import FFmpegError

from codek7.core.errors import Codek7Error, MediaEmpty, MediaTooBig, MediaUnreadable
from codek7.core.frame_times import FrameTimes
from codek7.core.media import AudioTrack, Limits, MediaInfo, Probed, Track, VideoTrack
from codek7.ffmpeg.facts_decode import Reader, heard
from codek7.ffmpeg.facts_packets import Packets, SoundPackets, read_packets
from codek7.ffmpeg.facts_times import frame_times
from codek7.ffmpeg.facts_tracks import (
    audio_track,
    chapters,
    disposition,
    subtitle_track,
    time_base,
    to_us,
    video_track,
)
from codek7.ffmpeg.mp4_file import lacks_moov
from codek7.ffmpeg.safe_open import is_too_large, open_media, shown

if TYPE_CHECKING:
    from av.container import InputContainer

SECOND_US = 1_000_000
SHORTEST_US = 1000
"""What is over sooner has no rate that a playlist could state; nobody would see it either."""
CHECK = "check that it plays, or convert it"
SOUND_PACKETS = 100
"""Packets of sound that may fail before it counts as noise."""


def read_facts(path: Path, limits: Limits, *, thorough: bool, prober: str) -> Probed:
    """The facts and the frame times of a file. Raises `MediaError` and `SourceNotFound`, naming the file."""
    try:
        with open_media(path, limits) as container:
            packets = read_packets(container, limits)
            _check_spans(container, packets, limits)
            _check_pauses(container, packets, limits)
            pictures, times = _pictures(path, container, packets, limits, thorough)
            if times is None:
                _check_undecoded(path, container, limits)
                _check_sound(path, limits)
            others = (_other(stream, packets.get(stream.index)) for stream in container.streams)
            tracks = sorted([*pictures, *(track for track in others if track)], key=lambda track: track.index)
            info = MediaInfo(
                container=container.format.name,
                duration_us=_span_us(tracks),
                tracks=tuple(tracks),
                chapters=chapters(container),
                prober=prober,
            )
    except FFmpegError as error:
        raise MediaUnreadable(f"{shown(path)} cannot be read: {error.strerror}", hint=CHECK) from error
    except MemoryError:
        raise MediaTooBig(
            f"{shown(path)}: decoding it takes more memory than it may have",
            hint="raise limits.max_memory_bytes, or send a smaller picture",
        ) from None
    except Codek7Error as error:
        if shown(path) in error.message:
            raise
        raise type(error)(f"{shown(path)}: {error.message}", hint=error.hint) from error
    if info.video is None and not info.audio:
        raise MediaEmpty(f"{shown(path)} holds no picture and no sound", hint="check that it plays")
    if info.duration_us < SHORTEST_US:
        raise MediaEmpty(
            f"{shown(path)} is over after {info.duration_us} µs", hint="its times are damaged; remux it"
        )
    return Probed(info=info, frame_times=times if info.video else None)


def _pictures(
    path: Path,
    container: InputContainer,
    packets: dict[int, Packets | SoundPackets],
    limits: Limits,
    thorough: bool,
) -> tuple[list[VideoTrack], FrameTimes | None]:
    """The picture tracks that decode, and the frame times of the one to encode (see `MediaInfo.video`)."""
    tracks: list[VideoTrack] = []
    main: FrameTimes | None = None
    for stream in sorted(container.streams.video, key=_preference):
        own = packets.get(stream.index)
        if not isinstance(own, Packets) or not own.count:
            continue
        reader = Reader(path, stream.index, limits)
        cover = "attached_pic" in disposition(stream)
        try:
            if main is None and not cover:
                per_second = float(1 / time_base(stream))
                times, keys = frame_times(reader, own, per_second, thorough)
                _check_gap(times, stream, limits)
                main = times
            else:
                times, keys = _unchecked_times(reader, own)
        except MediaEmpty:
            continue
        look = reader.look()
        if look is not None:
            tracks.append(video_track(container, stream, own, times, keys, look))
    return tracks, main


def _check_undecoded(path: Path, container: InputContainer, limits: Limits) -> None:
    """Sound alone is not what was sent if there are pictures that none can decode."""
    codecs = [
        _codec(stream) for stream in container.streams.video if "attached_pic" not in disposition(stream)
    ]
    if lacks_moov(path):
        raise MediaUnreadable("its index (moov box) is cut short", hint="send it again")
    if not codecs:
        return
    if is_too_large(path, limits):
        raise MediaTooBig(
            f"its pictures are larger than the limit of {limits.max_pixels} pixels",
            hint="raise limits.max_pixels, or send a smaller picture",
        )
    raise MediaUnreadable(
        f"none of its pictures ({', '.join(codecs)}) can be decoded",
        hint=CHECK,
    )


def _check_sound(path: Path, limits: Limits) -> None:
    """Noise that passes for sound has packets, but none that decodes."""
    with open_media(path, limits) as container:
        codecs = [_codec(stream) for stream in container.streams.audio]
        if codecs and heard(container, SOUND_PACKETS):
            return
    if codecs:
        raise MediaUnreadable(
            f"none of its sound ({', '.join(codecs)}) can be decoded",
            hint=CHECK,
        )


def _codec(stream: Any) -> str:
    context = stream.codec_context
    return context.codec.canonical_name if context is not None else "an unknown codec"


def _preference(stream: Any) -> tuple[bool, bool, int]:
    flags = disposition(stream)
    return "attached_pic" in flags, "default" not in flags, stream.index


def _unchecked_times(reader: Reader, packets: Packets) -> tuple[FrameTimes, list[int]]:
    """For tracks that are not encoded: the packets are believed once a picture decodes."""
    seen = reader.read(most=2)
    if not seen.times:
        raise MediaEmpty("none of its pictures can be decoded")
    return FrameTimes.of(packets.pts or seen.times), list(packets.key_pts)


def _other(stream: Any, packets: Packets | SoundPackets | None) -> Track | None:
    if isinstance(packets, SoundPackets):
        return audio_track(stream, packets)
    if stream.type == "subtitle" and stream.codec_context is not None:
        return subtitle_track(stream)
    return None


def _check_spans(
    container: InputContainer, packets: dict[int, Packets | SoundPackets], limits: Limits
) -> None:
    """Before anything is decoded: no track lasts too long."""
    for index, own in packets.items():
        base = time_base(container.streams[index])
        if isinstance(own, Packets):
            span = max(own.pts) - min(own.pts) + own.last_duration if own.pts else 0
        else:
            span = own.end - (own.start or 0)
        if to_us(span, base) > limits.max_duration_us:
            raise MediaTooBig(
                f"a track lasts {to_us(span, base) // SECOND_US} s, longer than the limit of "
                f"{limits.max_duration_us / SECOND_US:g} s",
                hint="raise limits.max_duration_us, or cut it into parts",
            )


def _check_pauses(
    container: InputContainer, packets: dict[int, Packets | SoundPackets], limits: Limits
) -> None:
    """No sound pauses for too long, or begins too late: FFmpeg makes the silence all at once, in memory, and
    goes on without where it has too little."""
    bases = {index: time_base(container.streams[index]) for index in packets}
    starts = {index: own.start for index, own in packets.items() if own.start is not None}
    first_us = min((to_us(start, bases[index]) for index, start in starts.items()), default=0)
    for index, own in packets.items():
        if not isinstance(own, SoundPackets) or own.start is None:
            continue
        late_us = to_us(own.start, bases[index]) - first_us
        pause_us = max(late_us, to_us(own.longest_pause, bases[index]))
        if pause_us > limits.max_frame_gap_us:
            raise MediaTooBig(
                f"its sound is silent for {pause_us // SECOND_US} s, longer than the limit of "
                f"{limits.max_frame_gap_us / SECOND_US:g} s",
                hint="raise limits.max_frame_gap_us, or remux it; its times are damaged or made on purpose",
            )


def _check_gap(times: FrameTimes, stream: Any, limits: Limits) -> None:
    """No picture stands still for too long: each second of it is encoded, whatever it shows."""
    longest = max((step for step, _ in times.runs), default=0)
    gap_us = to_us(max(longest, times.last_duration), time_base(stream))
    if gap_us > limits.max_frame_gap_us:
        raise MediaTooBig(
            f"a picture stands for {gap_us // SECOND_US} s, longer than the limit of "
            f"{limits.max_frame_gap_us / SECOND_US:g} s",
            hint="raise limits.max_frame_gap_us, or remux it; its times are damaged or made on purpose",
        )


def _span_us(tracks: list[Track]) -> int:
    """From the first picture or sound to the end of the last; cover art does not count."""
    spans = []
    for track in tracks:
        if isinstance(track, AudioTrack) and track.duration_us:
            spans.append((track.start_us, track.start_us + track.duration_us))
        elif isinstance(track, VideoTrack) and "attached_pic" not in track.disposition:
            start = to_us(track.start_pts, track.time_base)
            spans.append((start, start + track.duration_us))
    return max(end for _, end in spans) - min(start for start, _ in spans) if spans else 0
