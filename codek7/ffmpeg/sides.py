"""One side of a comparison: which track of a file is compared, what its pictures are like, and how many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from codek7.core.errors import MediaEmpty, MediaTooBig
from codek7.core.media import Colour, Limits

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from codek7.ffmpeg.facts_decode import Look

ONE_EACH = frozenset({"av1", "dnxhd", "ffv1", "h264", "hevc", "mjpeg", "png", "prores", "rawvideo", "vp9"})
"""Codecs, by FFmpeg's names, whose packets hold one picture to show each. VP8 has hidden ones, MPEG-4 part 2
some that repeat another."""
RATES = (1, 1000)
USUAL_RATE = Fraction(25)


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """A picture track as it is compared. `width` and `height` are as decoded, before aspect and rotation.

    `frames` is how many pictures its packets hold that an edit list does not hide; `certain` whether
    decoding gives as many, if nothing is damaged.
    """

    path: Path
    index: int
    frames: int
    certain: bool
    width: int
    height: int
    sample_aspect: Fraction = Fraction(1)
    rotation: int = 0
    mirrored: bool = False
    pixel_format: str = "yuv420p"
    bit_depth: int = 8
    rgb: bool = False
    colour: Colour = Colour()
    frame_rate: Fraction = USUAL_RATE

    @property
    def upright(self) -> bool:
        """Whether its pictures are seen as they are decoded: neither turned nor stretched."""
        return self.sample_aspect == 1 and not self.rotation and not self.mirrored

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as seen, neither side made smaller; even, unless it is that of the pictures."""
        width, height = Fraction(self.width), Fraction(self.height)
        if self.sample_aspect > 1:
            width *= self.sample_aspect
        else:
            height /= self.sample_aspect
        if self.rotation in (90, 270):
            width, height = height, width
        if self.sample_aspect == 1:
            return int(width), int(height)
        return round(width / 2) * 2, round(height / 2) * 2


def read_side(path: Path, limits: Limits) -> Side:
    """The picture of a file: the first that is no cover art, the default one preferred, as production takes.

    Packets are read to the end, one picture is decoded; a file that has not changed since is not read again.
    Raises `MediaError` and `SourceNotFound`.
    """
    from codek7.ffmpeg.safe_open import check_file

    check_file(path, limits)
    status = path.stat()
    return _read(path.absolute(), (status.st_mtime_ns, status.st_ctime_ns, status.st_size), limits)


@lru_cache(maxsize=256)
def _read(path: Path, _stamp: tuple[int, int, int], limits: Limits) -> Side:
    from codek7.ffmpeg.facts_decode import Reader
    from codek7.ffmpeg.safe_open import open_media, shown

    with open_media(path, limits) as container:
        stream = _choose(path, container)
        shows, certain = _count(path, container, stream, limits)
        reader = Reader(path, stream.index, limits)
        reader.read(most=1)
        look = reader.look()
        if look is None or not shows:
            raise MediaEmpty(
                f"none of the pictures of {shown(path)} can be decoded", hint="check that it plays"
            )
        return _side(path, stream, look, shows, certain)


def pictures(container: InputContainer, side: Side, threads: int, limits: Limits) -> Iterator[VideoFrame]:
    """The pictures of a side in the order of showing, from its file, opened; damaged ones are left out."""
    from codek7.ffmpeg.facts_decode import decoded_frames

    stream = next(stream for stream in container.streams.video if stream.index == side.index)
    context = stream.codec_context
    context.options = {**context.options, "max_pixels": str(limits.max_pixels)}
    context.thread_type, context.thread_count = "AUTO", threads
    return decoded_frames(container, stream, [])


def count_decoded(side: Side, limits: Limits) -> int:
    """How many pictures come out when all are decoded."""
    from codek7.ffmpeg.facts_decode import Reader

    return len(Reader(side.path, side.index, limits).read(untimed=not side.certain).times)


def _choose(path: Path, container: InputContainer) -> VideoStream:
    from codek7.ffmpeg.facts_tracks import disposition
    from codek7.ffmpeg.safe_open import shown

    def preference(stream: Any) -> tuple[bool, int]:
        return "default" not in disposition(stream), stream.index

    known: Iterable[Any] = container.streams.video  # a codec that FFmpeg does not know has no context
    streams = [
        stream
        for stream in known
        if stream.codec_context is not None and "attached_pic" not in disposition(stream)
    ]
    if not streams:
        raise MediaEmpty(f"{shown(path)} has no pictures to compare", hint="name a file with a picture track")
    chosen: VideoStream = min(streams, key=preference)
    return chosen


def _count(path: Path, container: InputContainer, stream: VideoStream, limits: Limits) -> tuple[int, bool]:
    """How many packets hold a picture that is shown, and whether each is one for certain."""
    from codek7.ffmpeg.facts_packets import next_packet
    from codek7.ffmpeg.safe_open import shown

    packets, shows, untimed, corrupt = container.demux(stream), 0, 0, 0
    while packet := next_packet(packets):
        if packet.size and not packet.is_discard:
            shows += 1
            untimed += packet.pts is None
            corrupt += packet.is_corrupt
            if shows > min(limits.max_frames, container.size):
                raise MediaTooBig(
                    f"{shown(path)} has more than {shows - 1} packets of pictures",
                    hint="raise limits.max_frames, or remux it; such files are long, damaged or made so",
                )
    codec = stream.codec_context.codec.canonical_name
    # Interlaced H.264 comes as two fields, the second without a time.
    return shows, not corrupt and codec in ONE_EACH and 2 * untimed < shows


def _side(path: Path, stream: VideoStream, look: Look, frames: int, certain: bool) -> Side:
    from codek7.ffmpeg.facts_colour import colour, orientation
    from codek7.ffmpeg.facts_tracks import rational, sample_aspect

    pixels = look.described.format
    pixel_format = pixels.name.replace("yuvj", "yuv")
    rotation, mirrored = orientation(look.side.get("DISPLAYMATRIX", b""))
    rate = rational(stream.guessed_rate) or USUAL_RATE
    return Side(
        path=path,
        index=stream.index,
        frames=frames,
        certain=certain,
        width=look.described.width,
        height=look.described.height,
        sample_aspect=sample_aspect(stream),
        rotation=rotation,
        mirrored=mirrored,
        pixel_format=pixel_format,
        bit_depth=pixels.components[0].bits,
        rgb=bool(pixels.is_rgb) or pixels.name == "pal8",
        colour=colour(look.described, look.side, full_range=pixel_format != pixels.name),
        frame_rate=rate if RATES[0] <= rate <= RATES[1] else USUAL_RATE,
    )
