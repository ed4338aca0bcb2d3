"""Tracks and chapters as codek7's values, from PyAV's streams and what was read of them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from codek7.core.media import AudioTrack, Chapter, SubtitleTrack, VideoTrack
from codek7.ffmpeg.facts_colour import (
    DolbyVision,
    colour,
    dolby_vision,
    dolby_vision_printed,
    hdr_kind,
    orientation,
)
from codek7.ffmpeg.facts_rate import frame_rate, longest_gap
from codek7.ffmpeg.facts_text import clean, language, title

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

    from codek7.core.frame_times import FrameTimes
    from codek7.ffmpeg.facts_decode import Look
    from codek7.ffmpeg.facts_packets import Packets, SoundPackets

MOST_CHAPTERS = 1000
WIDEST_SAMPLE = 16
"""A sample aspect beyond 16:1 or 1:16 is a mistake; it is read as 1:1."""


def video_track(
    container: InputContainer,
    stream: VideoStream,
    packets: Packets,
    times: FrameTimes,
    keys: list[int],
    look: Look,
) -> VideoTrack:
    """A picture track, as its decoded frames and their times show it."""
    base = time_base(stream)
    rate, constant = frame_rate(times, base, rational(stream.guessed_rate))
    pixels = look.described.format
    pixel_format = pixels.name.replace("yuvj", "yuv")
    colours = colour(look.described, look.side, full_range=pixel_format != pixels.name)
    dolby = _dolby_vision(container, stream)
    rotation, mirrored = orientation(look.side.get("DISPLAYMATRIX", b""))
    duration_us = to_us(times.duration, base)
    return VideoTrack(
        index=stream.index,
        codec=stream.codec_context.codec.canonical_name,
        profile=", ".join(part for part in (clean(stream.profile or ""), str(dolby or "")) if part),
        width=look.described.width,
        height=look.described.height,
        sample_aspect=sample_aspect(stream),
        rotation=rotation,
        mirrored=mirrored,
        pixel_format=pixel_format,
        bit_depth=pixels.components[0].bits,
        colour=colours,
        hdr=hdr_kind(colours.transfer, dolby),
        interlaced=look.interlaced,
        frame_rate=rate,
        constant_rate=constant,
        time_base=base,
        start_pts=times.start,
        frames=times.count,
        duration_us=duration_us,
        keyframe_max_us=to_us(longest_gap(keys, times.end), base),
        bitrate_bps=_bitrate(packets.size_bytes, duration_us),
        language=language(stream.metadata),
        title=title(stream.metadata),
        disposition=disposition(stream),
    )


def audio_track(stream: Any, packets: SoundPackets) -> AudioTrack:
    """A sound track; its duration is 0 where it holds no sound."""
    base, context = time_base(stream), stream.codec_context
    start = packets.start or 0
    duration_us = to_us(max(0, packets.end - start), base)
    return AudioTrack(
        index=stream.index,
        codec=context.codec.canonical_name,
        profile=clean(stream.profile or ""),
        sample_rate=context.sample_rate,
        channels=context.channels,
        layout=context.layout.name,
        start_us=to_us(start, base),
        duration_us=duration_us,
        bitrate_bps=_bitrate(packets.size_bytes, duration_us),
        language=language(stream.metadata),
        title=title(stream.metadata),
        disposition=disposition(stream),
    )


def subtitle_track(stream: Any) -> SubtitleTrack:
    """A subtitle track that has a decoder."""
    codec = stream.codec_context.codec
    return SubtitleTrack(
        index=stream.index,
        codec=codec.canonical_name,
        text=codec.text_sub,
        language=language(stream.metadata),
        title=title(stream.metadata),
        disposition=disposition(stream),
    )


def chapters(container: InputContainer) -> tuple[Chapter, ...]:
    """Chapters whose times can be, in the file's order."""
    found = []
    for chapter in container.chapters()[:MOST_CHAPTERS]:
        base = rational(chapter["time_base"]) or Fraction(1)
        start, end = to_us(chapter["start"], base), to_us(chapter["end"], base)
        if 0 <= start <= end < 1 << 53:
            found.append(Chapter(start_us=start, end_us=end, title=title(chapter["metadata"])))
    return tuple(found)


def disposition(stream: Stream) -> tuple[str, ...]:
    """FFmpeg's names of the flags that are set."""
    flags = stream.disposition
    return tuple(flag.name for flag in type(flags) if flag in flags and flag.name)


def time_base(stream: Stream) -> Fraction:
    """The length of a tick in seconds."""
    return rational(stream.time_base) or Fraction(1, 1000)


def to_us(ticks: int, base: Fraction) -> int:
    """Ticks as microseconds."""
    return round(ticks * base * 1_000_000)


def rational(value: Any) -> Fraction | None:
    """PyAV's rationals (Fraction in 18, AVRational from 19) as a Fraction; None for none and for 0."""
    if value is None or not value.numerator or not value.denominator:
        return None
    return Fraction(value.numerator, value.denominator)


def _dolby_vision(container: InputContainer, stream: VideoStream) -> DolbyVision | None:
    records = getattr(stream.codec_context, "coded_side_data", None)
    if records is not None:
        return dolby_vision(records.get("dovi_conf", b""))
    return dolby_vision_printed(_described(container), stream.index)


def _described(container: Any) -> str:
    """libavformat's description of the file, which PyAV 18 gives only while its log level lets it through."""
    from av import logging

    level = logging.get_level()
    logging.set_level(logging.INFO)
    try:
        return str(container.dumps_format())
    finally:
        logging.set_level(level)


def sample_aspect(stream: VideoStream) -> Fraction:
    """Width to height of a sample; 1 where it is not said, or cannot be."""
    aspect = rational(stream.sample_aspect_ratio)
    if aspect is None or not Fraction(1, WIDEST_SAMPLE) <= aspect <= WIDEST_SAMPLE:
        return Fraction(1)
    return aspect


def _bitrate(size_bytes: int, duration_us: int) -> int:
    return size_bytes * 8_000_000 // duration_us if duration_us else 0
