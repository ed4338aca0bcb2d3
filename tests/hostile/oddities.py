"""What is odd but media all the same: it is published, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.hostile.case import PUBLISHED, Case
from tests.hostile.place import H264, PICTURE, Place

TONE = "sine=frequency=440:sample_rate={rate}:duration=3,aformat=channel_layouts={layout}"


def picture(container: str, encoder: str, pixel: str, place: Place) -> Path:
    return place.encode(f"clip.{container}", "-f", "lavfi", "-i", PICTURE, "-c:v", encoder, "-pix_fmt", pixel)


def sound(rate: int, layout: str, encoder: str, container: str, place: Place) -> Path:
    tone = TONE.format(rate=rate, layout=layout)
    return place.encode(f"clip.{container}", "-f", "lavfi", "-i", tone, "-c:a", encoder)


def both(rate: int, layout: str, place: Place) -> Path:
    tone = TONE.format(rate=rate, layout=layout)
    return place.encode(
        "clip.mkv", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", tone, *H264, "-c:a", "flac"
    )


def interlaced(place: Place) -> Path:
    fields = ("-vf", "tinterlace=interleave_top,setparams=field_mode=tff", "-x264-params", "tff=1")
    return place.encode("clip.mkv", "-f", "lavfi", "-i", PICTURE, *H264[:2], *fields)


def single(container: str, place: Place) -> Path:
    """One picture, and nothing that says how long it stands."""
    encoder = H264 if container != "gif" else ()
    return place.encode(f"clip.{container}", "-f", "lavfi", "-i", PICTURE, "-frames:v", "1", *encoder)


def cases() -> Iterator[Case]:
    """Pictures, then sounds."""
    pictures = (
        ("mjpeg", "avi", "mjpeg", "yuvj444p"),
        ("gif", "gif", "gif", "pal8"),
        ("alpha-vp9", "webm", "libvpx-vp9", "yuva420p"),
        ("alpha-png", "mov", "png", "rgba"),
        ("alpha-qtrle", "mov", "qtrle", "argb"),
        ("gray", "mkv", "ffv1", "gray"),
        ("gray-16", "mkv", "ffv1", "gray16le"),
        ("4-2-2", "mp4", "libx264", "yuv422p10le"),
        ("4-4-4", "mkv", "libx264", "yuv444p"),
        ("rgb-48", "mkv", "ffv1", "gbrp16le"),
        ("4-1-1", "mkv", "ffv1", "yuv411p"),
    )
    for name, container, encoder, pixel in pictures:
        yield Case(f"odd-{name}", partial(picture, container, encoder, pixel), PUBLISHED, seconds=3)
    for container in ("mp4", "mkv", "ts", "avi", "gif"):
        yield Case(f"odd-one-picture.{container}", partial(single, container), PUBLISHED)
    yield Case("odd-interlaced", interlaced, PUBLISHED)
    sounds = (
        (8000, "mono", "pcm_u8", "wav"),
        (8000, "mono", "aac", "mp4"),
        (192_000, "stereo", "flac", "flac"),
        (48_000, "7.1", "pcm_s24le", "wav"),
        (48_000, "hexadecagonal", "pcm_s16le", "wav"),
        (44_100, "3.0", "flac", "mkv"),
    )
    for rate, layout, encoder, container in sounds:
        made = partial(sound, rate, layout, encoder, container)
        yield Case(f"odd-sound-{rate}-{layout}.{container}", made, PUBLISHED, seconds=3)
    yield Case("odd-picture-with-7.1", partial(both, 48_000, "7.1"), PUBLISHED, seconds=3)
    yield Case("odd-picture-with-8-kHz", partial(both, 8000, "mono"), PUBLISHED, seconds=3)
