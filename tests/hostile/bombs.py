"""Pictures that are too large or too thin, and times that take hours or run backwards."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.hostile.case import ANY, CAUGHT, NAMED, PUBLISHED, TOO_BIG, Case
from tests.hostile.place import H264, PICTURE, SOUND, Place

PTS_WRAP_S = (1 << 33) / 90_000


class Bits:
    """Bits in a row, as H.264 writes them (ITU-T H.264, 7.2 and 9.1)."""

    def __init__(self) -> None:
        self.bits = ""

    def fixed(self, width: int, value: int) -> Bits:
        self.bits += f"{value:0{width}b}"
        return self

    def golomb(self, *values: int) -> Bits:
        for value in values:
            code = f"{value + 1:b}"
            self.bits += "0" * (len(code) - 1) + code
        return self

    def unit(self, kind: int) -> bytes:
        """A NAL unit with its start code; emulation prevention included."""
        bits = self.bits + "1"
        bits += "0" * (-len(bits) % 8)
        body = b""
        for at in range(0, len(bits), 8):
            byte = int(bits[at : at + 8], 2)
            body += b"\x03" * (body[-2:] == b"\0\0" and byte <= 3) + bytes([byte])
        return b"\0\0\0\x01" + bytes([kind]) + body


def huge_h264(side: int) -> bytes:
    """Headers of a picture of so many pixels a side and one that is cut after its first macroblocks."""
    blocks = side // 16
    sps = Bits().fixed(8, 66).fixed(8, 0).fixed(8, 62).golomb(0, 0, 2, 1).fixed(1, 0)
    sps.golomb(blocks - 1, blocks - 1).fixed(1, 1).fixed(1, 1).fixed(1, 0).fixed(1, 0)
    pps = Bits().golomb(0, 0).fixed(2, 0).golomb(0, 0, 0).fixed(3, 0).golomb(0, 0, 0).fixed(3, 0)
    picture = Bits().golomb(0, 7, 0).fixed(4, 0).golomb(0).fixed(2, 0).golomb(0)
    for _ in range(64):
        picture.golomb(3, 0).fixed(1, 1).fixed(1, 1)
    return sps.unit(0x67) + pps.unit(0x68) + picture.unit(0x65)


def h264_claims(side: int, container: str, place: Place) -> Path:
    place.write("huge.264", huge_h264(side) * 24)
    return place.encode(f"clip.{container}", "-f", "h264", "-i", "huge.264", "-c", "copy")


def h264_grows(container: str, place: Place) -> Path:
    """A small picture that becomes a huge one on the way."""
    small = place.encode("small.264", "-f", "lavfi", "-i", PICTURE, *H264)
    place.write("both.264", small.read_bytes() + huge_h264(16_000) * 12 + small.read_bytes())
    times = ("-bsf:v", "setts=ts=N*100000/12:duration=100000/12:time_base=1/100000")
    return place.encode(f"clip.{container}", "-f", "h264", "-i", "both.264", "-c", "copy", *times)


def sizes_change(every_s: int, place: Place) -> Path:
    """A transport stream whose pictures change size and shape on the way. Each part lasts 2 s and starts
    `every_s` after the one before."""
    parts = []
    for at, size in enumerate(("64x36", "320x240", "36x64")):
        source = f"testsrc2=size={size}:rate=12:duration=2"
        part = place.encode(
            f"{at}.ts", "-f", "lavfi", "-i", source, *H264, "-output_ts_offset", str(every_s * at)
        )
        parts.append(part.read_bytes())
    return place.write("clip.ts", b"".join(parts))


def mjpeg(side: int, place: Place) -> Path:
    gray = f"color=gray:size={side}x{side}:rate=1:duration=1"
    return place.encode("clip.avi", "-f", "lavfi", "-i", gray, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")


def vp8_claims(place: Place) -> Path:
    """The container says 64x36, the key frames 16383x16383."""
    data = place.clip("webm").read_bytes()
    return place.write(
        "clip.webm", data.replace(b"\x9d\x01\x2a\x40\0\x24\0", b"\x9d\x01\x2a\xff\x3f\xff\x3f")
    )


def sized(size: str, codec: str, container: str, place: Place) -> Path:
    source = f"testsrc2=size=64x36:rate=12:duration=1,scale={size.replace('x', ':')}"
    options = ("-c:v", codec, "-pix_fmt", "yuv444p" if codec == "ffv1" else "bgr24")
    return place.encode(f"clip.{container}", "-f", "lavfi", "-i", source, *options)


def shaped(aspect: str, place: Place) -> Path:
    return place.encode("clip.mkv", "-f", "lavfi", "-i", f"{PICTURE},setsar={aspect}", *H264)


def turned(degrees: int, place: Place) -> Path:
    return place.encode(
        "clip.mp4", "-display_rotation:v", str(degrees), "-i", str(place.clip()), "-c", "copy"
    )


def apart(seconds: int, container: str, place: Place) -> Path:
    """Two pictures, so many seconds apart."""
    two = f"testsrc2=size=64x36:rate=1/{seconds}:duration={2 * seconds}"
    still = ("-frames:v", "2", "-fps_mode", "passthrough")
    return place.encode(f"clip.{container}", "-f", "lavfi", "-i", two, *still, *H264)


def sound_hours(place: Place) -> Path:
    """Thirteen hours of silence in a few kilobytes."""
    silence = "anullsrc=r=8000:cl=mono:d=46800"
    return place.encode("clip.mkv", "-f", "lavfi", "-i", silence, "-c:a", "flac")


def retimed(expression: str, container: str, place: Place) -> Path:
    """Packets with other times: `expression` is of ffmpeg's setts filter."""
    return place.encode(
        f"clip.{container}", "-i", str(place.clip()), "-c", "copy", "-bsf:v", f"setts={expression}"
    )


def silent(first: int, seconds: int, place: Place) -> Path:
    """Sound that comes so many seconds later from packet number `first` on."""
    later = f"setts=ts=PTS+gte(N\\,{first})*{seconds}/TB"
    return place.encode("clip.mkv", "-i", str(place.clip()), "-c", "copy", "-bsf:a", later)


def wrapping(place: Place) -> Path:
    """The clock of a transport stream wraps in the middle."""
    return _moved(place, "clip.ts", PTS_WRAP_S - 1.5)


def negative(container: str, place: Place) -> Path:
    return _moved(place, f"clip.{container}", -1.5)


def _moved(place: Place, name: str, seconds: float) -> Path:
    times = ("-avoid_negative_ts", "disabled", "-output_ts_offset", str(seconds))
    return place.encode(name, "-i", str(place.clip()), "-c", "copy", "-muxdelay", "0", *times)


def backwards(place: Place) -> Path:
    """Two recordings in one file: the clock starts again."""
    part = place.clip("ts").read_bytes()
    return place.write("clip.ts", part + part)


def jumping(place: Place) -> Path:
    """The clock jumps 20 hours ahead, and back."""
    ahead = _moved(place, "ahead.ts", 72_000).read_bytes()
    part = place.clip("ts").read_bytes()
    return place.write("clip.ts", part + ahead + part)


def fast(rate: int, place: Place) -> Path:
    source = f"testsrc2=size=64x36:rate={rate}:duration=2"
    return place.encode("clip.mp4", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", SOUND, *H264)


def cases() -> Iterator[Case]:
    """Pixels first, then time."""
    yield Case("pixels-16000-h264-claimed.mkv", partial(h264_claims, 16_000, "mkv"), TOO_BIG)
    yield Case("pixels-16000-h264-claimed.ts", partial(h264_claims, 16_000, "ts"), TOO_BIG)
    yield Case("pixels-8000-h264-claimed.mp4", partial(h264_claims, 8000, "mp4"), TOO_BIG)
    yield Case("pixels-16000-h264-on-the-way.ts", partial(h264_grows, "ts"), ANY)
    yield Case("pixels-16000-h264-on-the-way.mkv", partial(h264_grows, "mkv"), ANY)
    yield Case("pixels-16000-mjpeg", partial(mjpeg, 16_000), TOO_BIG)
    yield Case("pixels-16383-vp8-claimed", vp8_claims, NAMED)
    yield Case("pixels-change-size", partial(sizes_change, 3), PUBLISHED, seconds=8)
    yield Case("pixels-change-size-as-time-runs-back", partial(sizes_change, 2), ANY | CAUGHT)
    for size in ("1x1", "3x3", "200x1", "2x2", "17x33"):
        yield Case(f"pixels-{size}-ffv1", partial(sized, size, "ffv1", "mkv"), PUBLISHED, seconds=1)
    for size in ("1x1", "3x3", "1x200"):
        yield Case(f"pixels-{size}-raw", partial(sized, size, "rawvideo", "avi"), PUBLISHED, seconds=1)
    yield Case("pixels-4x16000-ffv1", partial(sized, "4x16000", "ffv1", "mkv"), ANY)
    yield Case("pixels-16000x4-ffv1", partial(sized, "16000x4", "ffv1", "mkv"), ANY)
    for aspect in ("1/1000", "1000/1", "1/2000000000", "3/7"):
        yield Case(
            f"pixels-shaped-{aspect.replace('/', '-to-')}", partial(shaped, aspect), PUBLISHED, seconds=3
        )
    for degrees in (90, 45, 181):
        yield Case(f"pixels-turned-{degrees}", partial(turned, degrees), PUBLISHED, seconds=3)
    yield Case("time-10-hours-apart.mkv", partial(apart, 36_000, "mkv"), TOO_BIG)
    yield Case("time-10-hours-apart.mp4", partial(apart, 36_000, "mp4"), TOO_BIG)
    yield Case("time-10-hours-apart.ts", partial(apart, 36_000, "ts"), TOO_BIG)
    yield Case("time-100-seconds-apart.mkv", partial(apart, 100, "mkv"), PUBLISHED)
    yield Case("time-13-hours-of-silence", sound_hours, TOO_BIG)
    yield Case("time-sound-pauses-3-hours", partial(silent, 70, 10_800), TOO_BIG)
    yield Case("time-sound-starts-3-hours-late", partial(silent, 0, 10_800), TOO_BIG)
    yield Case("time-sound-pauses-9-minutes", partial(silent, 70, 540), PUBLISHED)
    yield Case("time-wraps", wrapping, PUBLISHED, seconds=3)
    yield Case("time-negative.mp4", partial(negative, "mp4"), PUBLISHED)
    yield Case("time-negative.ts", partial(negative, "ts"), PUBLISHED)
    yield Case("time-backwards", backwards, ANY)
    yield Case("time-jumps-20-hours", jumping, ANY)
    yield Case("time-shuffled.mkv", partial(retimed, "pts=PTS+mod(N\\,5)*400", "mkv"), ANY)
    yield Case("time-all-the-same.mkv", partial(retimed, "ts=0", "mkv"), ANY)
    yield Case("time-all-the-same.mp4", partial(retimed, "pts=0:dts=N", "mp4"), ANY | CAUGHT)
    yield Case("time-random.ts", partial(retimed, "pts=random(0)*900000:dts=N*10", "ts"), ANY)
    yield Case("time-240-a-second", partial(fast, 240), PUBLISHED)
    yield Case("time-10000-a-second", partial(fast, 10_000), ANY)
