"""Facts about media that were never read from a file: for what decides by facts alone."""

from __future__ import annotations

from fractions import Fraction

from msgspec.structs import replace

from codek7.core.media import AudioTrack, Colour, MediaInfo, VideoTrack


def video(**changed: object) -> VideoTrack:
    """A 1080p track of a minute at 24 frames a second, with fields of `VideoTrack` changed as asked."""
    track = VideoTrack(
        index=0,
        codec="h264",
        profile="High",
        width=1920,
        height=1080,
        colour=Colour(range="tv", primaries="bt709", transfer="bt709", matrix="bt709"),
        frame_rate=Fraction(24),
        time_base=Fraction(1, 12288),
        start_pts=0,
        frames=1440,
        duration_us=60_000_000,
        keyframe_max_us=2_000_000,
        bitrate_bps=8_000_000,
    )
    return replace(track, **changed)


def sound(**changed: object) -> AudioTrack:
    """A stereo track of a minute."""
    track = AudioTrack(
        index=1,
        codec="aac",
        sample_rate=48_000,
        channels=2,
        layout="stereo",
        start_us=0,
        duration_us=60_000_000,
        bitrate_bps=128_000,
        language="eng",
    )
    return replace(track, **changed)


def media(*tracks: VideoTrack | AudioTrack) -> MediaInfo:
    """What a prober would say of a file with these tracks; a picture and a sound where none are given."""
    kept = tracks or (video(), sound())
    longest = max(track.duration_us for track in kept)
    return MediaInfo(container="mov,mp4", duration_us=longest, tracks=kept, prober="facts@1")


HDR10 = Colour(range="tv", primaries="bt2020", transfer="smpte2084", matrix="bt2020nc")

SOURCES: dict[str, MediaInfo] = {
    "1080p": media(),
    "2160p": media(video(width=3840, height=2160, bitrate_bps=40_000_000), sound()),
    "portrait": media(video(width=1080, height=1920), sound()),
    "turned": media(video(rotation=90), sound()),
    "odd": media(video(width=853, height=481), sound()),
    "tiny": media(video(width=16, height=16, bitrate_bps=20_000), sound()),
    "narrow": media(video(width=64, height=2000), sound()),
    "anamorphic": media(video(width=720, height=576, sample_aspect=Fraction(64, 45)), sound()),
    "sixty": media(video(frame_rate=Fraction(60000, 1001), frames=3596), sound()),
    "slow": media(video(frame_rate=Fraction(1), frames=60), sound()),
    "hundred-twenty": media(video(frame_rate=Fraction(120), frames=7200), sound()),
    "variable": media(video(frame_rate=Fraction(1440, 61), constant_rate=False), sound()),
    "unknown-rate": media(video(bitrate_bps=0), sound()),
    "hdr10": media(
        video(codec="hevc", bit_depth=10, pixel_format="yuv420p10le", hdr="hdr10", colour=HDR10), sound()
    ),
    "silent": media(video()),
    "surround": media(video(), sound(channels=6, layout="5.1")),
    "sound-only": media(sound()),
}
"""Sources of every shape that a planner meets."""
