"""Everything there is to know of a local media file, read with PyAV in this process."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codek7.core.errors import Codek7Error, MediaEmpty, MediaTooBig
from codek7.core.frame_times import FrameTimes
from codek7.core.media import (
    AudioTrack,
    Chapter,
    Limits,
    MediaInfo,
    Probed,
    SubtitleTrack,
    Track,
    VideoTrack,
)
from codek7.ffmpeg.facts_colour import (
    DolbyVision,
    colour,
    dolby_vision,
    dolby_vision_printed,
    hdr_kind,
    orientation,
)
from codek7.ffmpeg.facts_packets import Packets, SoundPackets, read_packets
from codek7.ffmpeg.facts_rate import frame_rate, longest_gap, longest_step
from codek7.ffmpeg.facts_text import clean, language, title
from codek7.ffmpeg.facts_times import Look, Reader, frame_times
from codek7.ffmpeg.safe_open import open_media, shown

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

MOST_CHAPTERS = 1000
WIDEST_SAMPLE = 16
"""A sample aspect beyond 16:1 or 1:16 is a mistake; it is read as 1:1."""


def read_facts(path: Path, limits: Limits, *, thorough: bool, prober: str) -> Probed:
    """The facts and the frame times of a file. Raises `MediaError` and `SourceNotFound`, naming the file."""
    try:
        return _read(path, limits, thorough, prober)
    except Codek7Error as error:
        if shown(path) in error.message:
            raise
        raise type(error)(f"{shown(path)}: {error.message}", hint=error.hint) from error


def _read(path: Path, limits: Limits, thorough: bool, prober: str) -> Probed:
    with open_media(path, limits) as container:
        packets = read_packets(container, limits)
        container_name, chapters = container.format.name, _chapters(container)
        tracks: list[Track] = []
        times: dict[int, FrameTimes] = {}
        for stream in container.streams:
            track = _track(path, container, stream, packets.get(stream.index), limits, thorough, times)
            if track is not None:
                tracks.append(track)
    span = _span_us(tracks, times)
    info = MediaInfo(
        container=container_name, duration_us=span, tracks=tuple(tracks), chapters=chapters, prober=prober
    )
    _check(info, times, limits)
    return Probed(info=info, frame_times=times[info.video.index] if info.video else None)


def _track(
    path: Path,
    container: InputContainer,
    stream: Any,
    packets: Packets | SoundPackets | None,
    limits: Limits,
    thorough: bool,
    times: dict[int, FrameTimes],
) -> Track | None:
    """A track's facts; None where nothing of it could be shown or heard."""
    if isinstance(packets, SoundPackets):
        return _audio(stream, packets)
    if isinstance(packets, Packets):
        return _video(path, container, stream, packets, limits, thorough, times)
    if stream.type == "subtitle" and stream.codec_context is not None:
        return _subtitle(stream)
    return None


def _video(
    path: Path,
    container: InputContainer,
    stream: VideoStream,
    packets: Packets,
    limits: Limits,
    thorough: bool,
    times: dict[int, FrameTimes],
) -> VideoTrack | None:
    reader = Reader(path, stream.index, limits)
    try:
        shown_at = frame_times(reader, packets, thorough)
    except MediaEmpty:
        return None
    times[stream.index] = shown_at
    return _video_facts(container, stream, packets, shown_at, reader.look(stream))


def _video_facts(
    container: InputContainer, stream: VideoStream, packets: Packets, times: FrameTimes, look: Look
) -> VideoTrack:
    base = rational(stream.time_base) or Fraction(1, 1000)
    rate, constant = frame_rate(times, base, rational(stream.guessed_rate))
    pixel_format = look.pixel_format.replace("yuvj", "yuv")
    colours = colour(look.described, look.side, full_range=pixel_format != look.pixel_format)
    dolby = _dolby_vision(container, stream)
    rotation, mirrored = orientation(look.side.get("DISPLAYMATRIX", b""))
    duration_us = _us(times.duration, base)
    return VideoTrack(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        profile=", ".join(part for part in (clean(stream.profile or ""), str(dolby or "")) if part),
        width=look.described.width,
        height=look.described.height,
        sample_aspect=_sample_aspect(stream),
        rotation=rotation,
        mirrored=mirrored,
        pixel_format=pixel_format,
        bit_depth=look.bit_depth,
        colour=colours,
        hdr=hdr_kind(colours.transfer, dolby),
        interlaced=look.interlaced,
        frame_rate=rate,
        constant_rate=constant,
        time_base=base,
        start_pts=times.start,
        frames=times.count,
        duration_us=duration_us,
        keyframe_max_us=_us(longest_gap(list(packets.key_pts), times.end), base),
        bitrate_bps=_bitrate(packets.size_bytes, duration_us),
        language=language(stream.metadata),
        title=title(stream.metadata),
        disposition=_disposition(stream),
    )


def _audio(stream: Any, packets: SoundPackets) -> AudioTrack:
    base = rational(stream.time_base) or Fraction(1, 1000)
    start = packets.start or 0
    duration_us = _us(max(0, packets.end - start), base)
    context = stream.codec_context
    return AudioTrack(
        index=stream.index,
        codec=context.codec.canonical_name,
        profile=clean(stream.profile or ""),
        sample_rate=context.sample_rate,
        channels=context.channels,
        layout=context.layout.name if context.channels else "",
        start_us=_us(start, base),
        duration_us=duration_us,
        bitrate_bps=_bitrate(packets.size_bytes, duration_us),
        language=language(stream.metadata),
        title=title(stream.metadata),
        disposition=_disposition(stream),
    )


def _subtitle(stream: Any) -> SubtitleTrack:
    codec = stream.codec_context.codec
    return SubtitleTrack(
        index=stream.index,
        codec=codec.canonical_name,
        text=codec.text_sub,
        language=language(stream.metadata),
        title=title(stream.metadata),
        disposition=_disposition(stream),
    )


def _chapters(container: InputContainer) -> tuple[Chapter, ...]:
    found = []
    for chapter in container.chapters()[:MOST_CHAPTERS]:
        base = rational(chapter["time_base"]) or Fraction(1)
        start, end = _us(chapter["start"], base), _us(chapter["end"], base)
        if 0 <= start <= end:
            found.append(Chapter(start_us=start, end_us=end, title=title(chapter["metadata"])))
    return tuple(found)


def _check(info: MediaInfo, times: dict[int, FrameTimes], limits: Limits) -> None:
    """What only the whole can tell: that something is there, and that it is not too long."""
    if info.video is None and not info.audio:
        raise MediaEmpty(
            "no picture or sound in it can be decoded", hint="check that it plays, and send it again"
        )
    if info.duration_us > limits.max_duration_us:
        raise MediaTooBig(
            f"it lasts {info.duration_us // 1_000_000} s, longer than the limit of "
            f"{limits.max_duration_us // 1_000_000} s",
            hint="raise limits.max_duration_us, or cut it into parts",
        )
    if info.video is None:
        return
    gap_us = _us(longest_step(times[info.video.index]), info.video.time_base)
    if gap_us > limits.max_frame_gap_us:
        raise MediaTooBig(
            f"{gap_us // 1_000_000} s lie between two of its frames, more than the limit of "
            f"{limits.max_frame_gap_us // 1_000_000} s",
            hint="raise limits.max_frame_gap_us, or remux it; its times are damaged or made on purpose",
        )


def _span_us(tracks: list[Track], times: dict[int, FrameTimes]) -> int:
    """From the first picture or sound to the end of the last; cover art does not count."""
    spans = [
        (t.start_us, t.start_us + t.duration_us)
        for t in tracks
        if isinstance(t, AudioTrack) and t.duration_us
    ]
    for track in tracks:
        if isinstance(track, VideoTrack) and "attached_pic" not in track.disposition:
            start = _us(track.start_pts, track.time_base)
            spans.append((start, start + track.duration_us))
    return max(end for _, end in spans) - min(start for start, _ in spans) if spans else 0


def _dolby_vision(container: InputContainer, stream: VideoStream) -> DolbyVision | None:
    records = getattr(stream.codec_context, "coded_side_data", None)
    if records is not None:
        return dolby_vision(records.get("dovi_conf", b""))
    return dolby_vision_printed(_dump(container), stream.index)


def _dump(container: Any) -> str:
    from av import logging

    level = logging.get_level()
    logging.set_level(logging.INFO)
    try:
        return str(container.dumps_format())
    finally:
        logging.set_level(level)


def _sample_aspect(stream: VideoStream) -> Fraction:
    aspect = rational(stream.sample_aspect_ratio)
    if aspect is None or not Fraction(1, WIDEST_SAMPLE) <= aspect <= WIDEST_SAMPLE:
        return Fraction(1)
    return aspect


def _disposition(stream: Stream) -> tuple[str, ...]:
    return tuple(flag.name for flag in type(stream.disposition) if flag in stream.disposition and flag.name)


def _bitrate(size_bytes: int, duration_us: int) -> int:
    return size_bytes * 8_000_000 // duration_us if duration_us else 0


def _us(ticks: int, base: Fraction) -> int:
    return round(ticks * base * 1_000_000)


def rational(value: Any) -> Fraction | None:
    """PyAV's rationals (Fraction in 18, AVRational from 19) as a Fraction; None for none and for 0."""
    if value is None or not value.numerator or not value.denominator:
        return None
    return Fraction(value.numerator, value.denominator)
