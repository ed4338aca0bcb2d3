"""Media files whose boxes and chunks were written to read elsewhere, or to cost far more than they weigh."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.hostile import mp4_forging as mp4
from tests.hostile.case import ANY, EMPTY, NAMED, PUBLISHED, REFUSED, TOO_BIG, UNREADABLE, Case
from tests.hostile.disguises import Refer, hls, to_neighbour, to_secret, to_secret_path, to_server
from tests.hostile.place import H264, PICTURE, Place

Changes = dict[bytes, mp4.Change]


def changed(kinds: Changes, place: Place, *, fragmented: bool = False) -> Path:
    clip = place.fragmented() if fragmented else place.clip()
    return place.write("clip.mp4", mp4.change(clip.read_bytes(), kinds))


def referring(refer: Refer, entry: Callable[[str], Changes], place: Place) -> Path:
    return changed(entry(refer(place)), place)


def reference_movie(refer: Refer, place: Place) -> Path:
    return place.write("clip.mov", mp4.reference_movie(refer(place)))


def avi_with_playlist(refer: Refer, place: Place) -> Path:
    """An AVI whose subtitle stream (GAB2) holds a playlist instead of subtitles."""
    text = hls(refer(place)).encode()
    name = "subtitles.srt\0".encode("utf-16-le")
    gab2 = b"GAB2\0" + struct.pack("<HI", 2, len(name)) + name + struct.pack("<HI", 4, len(text)) + text
    frames = [picture.read_bytes() for picture in _jpegs(place)]
    return place.write("clip.avi", _avi(frames, gab2))


def _jpegs(place: Place) -> list[Path]:
    place.encode("picture-%02d.jpg", "-f", "lavfi", "-i", PICTURE, "-frames:v", "12")
    return sorted(place.folder.glob("picture-*.jpg"))


def _avi(frames: list[bytes], subtitle: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)

    def listing(kind: bytes, *parts: bytes) -> bytes:
        return chunk(b"LIST", kind + b"".join(parts))

    def header(kind: bytes, codec: bytes, length: int) -> bytes:
        numbers = (0, 0, 0, 0, 1, 12, 0, length, 0, 0, 0)
        return chunk(b"strh", kind + codec + struct.pack("<11I4H", *numbers, 0, 0, 64, 36))

    bitmap = struct.pack("<IiiHH4sIiiII", 40, 64, 36, 1, 24, b"MJPG", 64 * 36 * 3, 0, 0, 0, 0)
    avih = chunk(b"avih", struct.pack("<14I", 83333, 0, 0, 0x10, len(frames), 0, 2, 0, 64, 36, 0, 0, 0, 0))
    picture = listing(b"strl", header(b"vids", b"MJPG", len(frames)), chunk(b"strf", bitmap))
    text = listing(b"strl", header(b"txts", bytes(4), 1), chunk(b"strf", b""))
    movie = [chunk(b"01tx", subtitle), *(chunk(b"00dc", frame) for frame in frames)]
    index, at = [], 4
    for part in movie:
        index.append(part[:4] + struct.pack("<III", 0x10, at, len(part) - 8))
        at += len(part)
    body = [listing(b"hdrl", avih, picture, text), listing(b"movi", *movie), chunk(b"idx1", b"".join(index))]
    return chunk(b"RIFF", b"AVI " + b"".join(body))


def attachments_only(place: Place) -> Path:
    font = place.write("font.ttf", bytes(range(256)))
    kind = "mimetype=application/x-truetype-font"
    whole = place.encode(
        "whole.mkv", *("-f", "lavfi", "-i", PICTURE, "-attach", font.name, "-metadata:s:t", kind)
    )
    return place.encode("clip.mkv", "-i", whole.name, "-map", "0:t", "-c", "copy")


def attached_outside(place: Place) -> Path:
    """An attachment that would be written elsewhere under the name that it has."""
    font = place.write("font.ttf", bytes(range(256)))
    kind = "mimetype=application/x-truetype-font"
    named = ("-metadata:s:t", kind, "-metadata:s:t", f"filename=../../{place.secret.name}")
    return place.encode("clip.mkv", "-i", str(place.clip()), "-c", "copy", "-attach", font.name, *named)


def many_tracks(which: int, times: int, place: Place) -> Path:
    return place.write("clip.mp4", mp4.repeated(place.clip().read_bytes(), which, times))


def nested(place: Place) -> Path:
    return place.write("clip.mp4", place.clip().read_bytes() + mp4.nested(b"moov", 20_000))


def nested_only(place: Place) -> Path:
    return place.write("clip.mp4", b"\0\0\0\x10ftypisom\0\0\0\0" + mp4.nested(b"moov", 20_000))


def endless(place: Place) -> Path:
    """A box whose end no file can have."""
    return place.write("clip.mp4", b"\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x01free" + b"\xff" * 8)


def compressed_header(place: Place) -> Path:
    return place.write("clip.mov", mp4.compressed_header(500_000_000))


def matroska_duration(seconds: float, place: Place) -> Path:
    data = place.clip("mkv").read_bytes()
    at = data.index(b"\x44\x89\x88") + 3
    return place.write("clip.mkv", data[:at] + struct.pack(">d", seconds * 1000) + data[at + 8 :])


def fragmented_duration(place: Place) -> Path:
    return changed(mp4.durations(0x7FFFFFFF), place, fragmented=True)


def cover_art_outside(place: Place) -> Path:
    """A title that is a path, and a comment that is a URL."""
    tags = ("-metadata", f"title={place.secret}", "-metadata", f"comment={place.url}/x")
    return place.encode("clip.mp4", "-f", "lavfi", "-i", PICTURE, *H264, *tags)


def cases() -> Iterator[Case]:
    """References first, then what lies about its size or length."""
    for refer in (to_server, to_secret, to_secret_path, to_neighbour):
        name = refer.__name__.replace("_", "-")
        yield Case(f"mp4-dref-{name}", partial(referring, refer, mp4.elsewhere), REFUSED)
        yield Case(f"mp4-alias-{name}", partial(referring, refer, mp4.by_alias), REFUSED)
        yield Case(f"mov-reference-movie-{name}", partial(reference_movie, refer), NAMED)
        yield Case(f"avi-gab2-{name}", partial(avi_with_playlist, refer), ANY)
    yield Case("mkv-attachments-only", attachments_only, NAMED)
    yield Case("mkv-attachment-outside", attached_outside, PUBLISHED)
    yield Case("mp4-tags-outside", cover_art_outside, PUBLISHED)
    yield Case("mp4-10000-video-tracks", partial(many_tracks, 0, 10_000), TOO_BIG)
    yield Case("mp4-500-audio-tracks", partial(many_tracks, 1, 500), TOO_BIG)
    yield Case("mp4-box-of-2-to-the-64", endless, NAMED)
    yield Case("mp4-boxes-20000-deep", nested_only, UNREADABLE)
    yield Case("mp4-boxes-20000-deep-behind", nested, ANY)
    yield Case("mov-compressed-header-bomb", compressed_header, NAMED)
    for count in (mp4.HUGE, 170_000_000, 20_000_000):
        yield Case(f"mp4-{count}-samples", partial(changed, mp4.samples(count)), NAMED)
        yield Case(f"mp4-{count}-offsets", partial(changed, mp4.composition(count)), ANY)
        run = partial(changed, mp4.run_of(count), fragmented=True)
        yield Case(f"mp4-run-of-{count}", run, ANY)
    yield Case("mp4-whole-in-17-microseconds", partial(changed, mp4.time_scale(0x7FFFFFFF)), EMPTY)
    for ticks in (0, 1, 1_000_000, 0xFFFFFFFF):
        yield Case(f"mp4-{ticks}-ticks-a-second", partial(changed, mp4.time_scale(ticks)), ANY)
    lies = (("10-hours", 36_000_000), ("a-moment", 1), ("none", 0), ("most", 0xFFFFFFFF))
    for name, ticks in lies:
        made = partial(changed, mp4.durations(ticks))
        yield Case(f"mp4-header-says-{name}", made, PUBLISHED, seconds=3)
    yield Case("mp4-fragmented-says-most", fragmented_duration, PUBLISHED, seconds=3)
    yield Case("mkv-header-says-10-hours", partial(matroska_duration, 36_000), PUBLISHED, seconds=3)
    yield Case("mkv-header-says-a-moment", partial(matroska_duration, 0.001), PUBLISHED, seconds=3)
    yield Case("mkv-header-says-less-than-nothing", partial(matroska_duration, -5), PUBLISHED, seconds=3)
    yield Case("mkv-header-says-no-number", partial(matroska_duration, float("nan")), PUBLISHED, seconds=3)
