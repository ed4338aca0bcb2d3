"""What a source holds, as read by a prober."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

import msgspec

from codek7.core.frame_times import FrameTimes

Count = Annotated[int, msgspec.Meta(ge=0)]
"""How many, or how much."""
Hdr = Literal["none", "hdr10", "hlg", "dolby-vision"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes somewhere: where they are, what they hash to (SHA-256, hexadecimal) and how many they are."""

    uri: str
    sha256: str
    size_bytes: int


class Colour(msgspec.Struct, frozen=True, kw_only=True):
    """Colour description, named as ITU-T H.273 and FFmpeg name them; "unknown" where the stream is silent."""

    range: Literal["tv", "pc", "unknown"] = "unknown"
    primaries: str = "unknown"
    transfer: str = "unknown"
    matrix: str = "unknown"
    mastering_display: str = ""
    content_light: str = ""


class VideoTrack(msgspec.Struct, frozen=True, kw_only=True, tag="video", tag_field="kind"):
    """A picture track. `width` and `height` are as coded, before aspect and rotation."""

    index: int
    codec: str
    profile: str = ""
    width: int
    height: int
    sample_aspect: Fraction = Fraction(1)
    rotation: int = 0
    """Degrees clockwise that a player turns the picture: 0, 90, 180 or 270."""
    mirrored: bool = False
    """Flipped left to right, before the rotation."""
    pixel_format: str = "yuv420p"
    bit_depth: int = 8
    colour: Colour = Colour()
    hdr: Hdr = "none"
    interlaced: bool = False
    frame_rate: Fraction
    """Frames per second, from the frames themselves: the average, or the nominal rate of a constant one."""
    constant_rate: bool = True
    time_base: Fraction
    start_pts: int
    frames: int
    duration_us: int
    keyframe_max_us: int = 0
    """The longest distance between two key frames."""
    bitrate_bps: int = 0
    language: str = ""
    title: str = ""
    disposition: tuple[str, ...] = ()

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as seen: upright and with square pixels, neither side made smaller."""
        width, height = Fraction(self.width), Fraction(self.height)
        if self.sample_aspect > 1:
            width *= self.sample_aspect
        else:
            height /= self.sample_aspect
        if self.rotation in (90, 270):
            width, height = height, width
        return round(width), round(height)


class AudioTrack(msgspec.Struct, frozen=True, kw_only=True, tag="audio", tag_field="kind"):
    """A sound track."""

    index: int
    codec: str
    profile: str = ""
    sample_rate: int
    channels: int
    layout: str = ""
    start_us: int
    """Presentation time of the first sample, in the container's time."""
    duration_us: int
    bitrate_bps: int = 0
    language: str = ""
    title: str = ""
    disposition: tuple[str, ...] = ()


class SubtitleTrack(msgspec.Struct, frozen=True, kw_only=True, tag="subtitle", tag_field="kind"):
    """A subtitle track; `text` is false for pictures (PGS, VobSub), which HLS cannot carry as WebVTT."""

    index: int
    codec: str
    text: bool
    language: str = ""
    title: str = ""
    disposition: tuple[str, ...] = ()
    path: str = ""
    """A local file beside the source, where the track does not come from the source itself."""


Track = VideoTrack | AudioTrack | SubtitleTrack


class Chapter(msgspec.Struct, frozen=True, kw_only=True):
    """A named span of the source."""

    start_us: int
    end_us: int
    title: str = ""


class MediaInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a prober read, signed `name@version` by it.

    `duration_us` is what the packets say; headers that claim otherwise lose.
    """

    container: str
    duration_us: int
    tracks: tuple[Track, ...]
    chapters: tuple[Chapter, ...] = ()
    prober: str

    @property
    def video(self) -> VideoTrack | None:
        """The picture to encode: the first that is no cover art, the default one preferred."""
        videos = [t for t in self.tracks if isinstance(t, VideoTrack) and "attached_pic" not in t.disposition]
        return min(videos, key=lambda t: ("default" not in t.disposition, t.index), default=None)

    @property
    def audio(self) -> tuple[AudioTrack, ...]:
        """All sound tracks that hold sound, the default one first."""
        tracks = [t for t in self.tracks if isinstance(t, AudioTrack) and t.duration_us > 0]
        return tuple(sorted(tracks, key=lambda t: ("default" not in t.disposition, t.index)))

    @property
    def subtitles(self) -> tuple[SubtitleTrack, ...]:
        """All subtitle tracks."""
        return tuple(t for t in self.tracks if isinstance(t, SubtitleTrack))


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """A prober's whole answer: the facts, and when the frames of `info.video` present (None without it)."""

    info: MediaInfo
    frame_times: FrameTimes | None = None


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a source may at most be; beyond it the answer is `MediaTooBig`, never exhaustion."""

    max_pixels: Count = 40_000_000
    max_duration_us: Count = 12 * 3600 * 1_000_000
    max_frames: Count = 5_000_000
    max_tracks: Count = 64
    max_size_bytes: Count = 500_000_000_000
    max_frame_gap_us: Count = 600 * 1_000_000
    """How long a picture may stand still, and a sound be silent because nothing of it is there."""
    max_probe_s: Count = 600
    max_memory_bytes: Count = 8_000_000_000
    """Private memory of one process that decodes and encodes: the whole of a group of rungs."""
