"""MP4 files changed box by box. The clips that are changed have `moov` last, so that its size is free."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from codek7.core.boxes import CONTAINERS, box, full_box, walk

NESTING = CONTAINERS | {b"dinf"}
Change = Callable[[bytes], bytes]
HUGE = (1 << 31) - 1


def change(data: bytes | memoryview, kinds: dict[bytes, Change]) -> bytes:
    """The boxes again, the payloads of these types changed, wherever they are."""
    parts = []
    for found in walk(data):
        if found.kind in kinds:
            parts.append(box(found.kind, kinds[found.kind](bytes(found.payload))))
        elif found.kind in NESTING:
            parts.append(box(found.kind, change(found.payload, kinds)))
        else:
            parts.append(box(found.kind, found.payload))
    return b"".join(parts)


def put(payload: bytes, at: int, value: int) -> bytes:
    """A payload with a 32-bit number changed."""
    return payload[:at] + struct.pack(">I", value & 0xFFFFFFFF) + payload[at + 4 :]


def elsewhere(target: str) -> dict[bytes, Change]:
    """The media are in another file, by URL."""
    entry = full_box(b"url ", 0, 0, target.encode() + b"\0")
    return {b"dref": lambda _: struct.pack(">II", 0, 1) + entry}


def by_alias(target: str) -> dict[bytes, Change]:
    """The same by the path in a Macintosh alias record, as QuickTime has it."""
    path = target.encode()
    record = bytes(4) + struct.pack(">HH", 150 + 4 + len(path), 2) + bytes(142)
    tail = struct.pack(">HH", 18, len(path)) + path + bytes(len(path) % 2) + struct.pack(">hH", -1, 0)
    entry = full_box(b"alis", 0, 0, record + tail)
    return {b"dref": lambda _: struct.pack(">II", 0, 1) + entry}


def reference_movie(target: str) -> bytes:
    """A QuickTime movie that is nothing but the address of another."""
    url = target.encode() + b"\0"
    rdrf = full_box(b"rdrf", 0, 0, b"url ", struct.pack(">I", len(url)), url)
    return box(b"ftyp", b"qt  ", bytes(8)) + box(b"moov", box(b"rmra", box(b"rmda", rdrf)))


def compressed_header(size_bytes: int) -> bytes:
    """A compressed `moov` that unpacks to so many zeros."""
    packed = zlib.compress(bytes(size_bytes), 9)
    cmov = box(
        b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", size_bytes & 0xFFFFFFFF), packed)
    )
    return box(b"ftyp", b"qt  ", bytes(8)) + box(b"moov", cmov)


def samples(count: int) -> dict[bytes, Change]:
    """So many samples of one byte each, in one chunk, in a few bytes."""
    return {
        b"stsz": lambda _: struct.pack(">III", 0, 1, count),
        b"stts": lambda _: struct.pack(">IIII", 0, 1, count, 1),
        b"stsc": lambda _: struct.pack(">IIIII", 0, 1, 1, count, 1),
    }


def composition(count: int) -> dict[bytes, Change]:
    """One offset for so many samples."""
    return {b"ctts": lambda _: struct.pack(">IIII", 0, 1, count, 1)}


def run_of(count: int) -> dict[bytes, Change]:
    """Fragments whose runs claim so many samples without describing one."""
    return {b"trun": lambda _: struct.pack(">II", 0, count)}


def durations(ticks: int) -> dict[bytes, Change]:
    """Headers that claim another duration, in whatever ticks each has."""
    return {
        b"mvhd": lambda payload: put(payload, 16, ticks),
        b"mdhd": lambda payload: put(payload, 16, ticks),
        b"tkhd": lambda payload: put(payload, 20, ticks),
    }


def time_scale(ticks: int) -> dict[bytes, Change]:
    """Another number of ticks a second."""
    return {b"mdhd": lambda payload: put(payload, 12, ticks)}


def repeated(data: bytes, which: int, times: int) -> bytes:
    """The track number `which`, so many times more."""
    parts = []
    for found in walk(data):
        if found.kind == b"moov":
            tracks = [box(b"trak", each.payload) for each in walk(found.payload) if each.kind == b"trak"]
            parts.append(box(b"moov", found.payload, tracks[which] * times))
        else:
            parts.append(box(found.kind, found.payload))
    return b"".join(parts)


def nested(kind: bytes, depth: int) -> bytes:
    """A box in a box in a box."""
    return b"".join(struct.pack(">I4s", 8 * (depth - level), kind) for level in range(depth))
