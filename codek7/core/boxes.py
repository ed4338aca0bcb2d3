"""ISO BMFF boxes (ISO/IEC 14496-12): walking them, picking them apart, and RFC 6381 codec strings."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf", b"edts"})


class Box(NamedTuple):
    """A box: its type, where it starts in the bytes it was found in, and its payload (after the header)."""

    kind: bytes
    start: int
    end: int
    payload: memoryview


def walk(data: bytes | memoryview, start: int = 0) -> Iterator[Box]:
    """The boxes that lie one behind the other in `data`. Raises `ValueError` where one ends outside it."""
    view = memoryview(data)
    while start < len(view):
        if start + 8 > len(view):
            raise ValueError(f"cut box header at byte {start}")
        size, kind = struct.unpack_from(">I4s", view, start)
        header = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", view, start + 8)
            header = 16
        if size < header or start + size > len(view):
            raise ValueError(f"box {kind!r} at byte {start} claims {size} bytes")
        yield Box(kind, start, start + size, view[start + header : start + size])
        start += size


def find(data: bytes | memoryview, *path: bytes) -> memoryview:
    """The payload of the first box at a path of types. Raises `ValueError` if there is none."""
    view = memoryview(data)
    for kind in path:
        found = next((box.payload for box in walk(view) if box.kind == kind), None)
        if found is None:
            raise ValueError(f"no box {b'/'.join(path).decode('latin-1')}")
        view = found
    return view


def box(kind: bytes, *parts: bytes | memoryview) -> bytes:
    """A box around its parts."""
    size = 8 + sum(len(part) for part in parts)
    return b"".join((struct.pack(">I4s", size, kind), *parts))


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def rebuild(data: bytes | memoryview, drop: Iterable[bytes], add: dict[bytes, bytes]) -> bytes:
    """The boxes of `data` again, without those of the types in `drop`, and with `add[type]` appended inside
    each box of that type."""
    drop = frozenset(drop)
    parts: list[bytes] = []
    for found in walk(data):
        if found.kind in drop:
            continue
        if found.kind in CONTAINERS:
            inner = rebuild(found.payload, drop, add)
            parts.append(box(found.kind, inner, add.get(found.kind, b"")))
        else:
            parts.append(box(found.kind, found.payload))
    return b"".join(parts)


def codecs_of(init: bytes) -> str:
    """The RFC 6381 codec string of an init section's track, from its decoder configuration."""
    entries = find(init, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")[8:]
    entry = next(walk(entries))
    name = entry.kind.decode("ascii")
    if name in ("avc1", "avc3"):
        config = find(entry.payload[78:], b"avcC")
        return f"{name}.{config[1]:02X}{config[2]:02X}{config[3]:02X}"
    if name in ("hvc1", "hev1"):
        return _hevc(name, find(entry.payload[78:], b"hvcC"))
    if name == "av01":
        return _av1(find(entry.payload[78:], b"av1C"), entry.payload[78:])
    if name == "ac-3":
        return name
    if name == "mp4a":
        return _mp4a(find(entry.payload[28:], b"esds"))
    raise ValueError(f"no codec string is known for sample entry {name!r}")


def _hevc(name: str, config: memoryview) -> str:
    """ISO/IEC 14496-15 Annex E.3."""
    space = ("", "A", "B", "C")[config[1] >> 6]
    tier = "H" if config[1] & 0x20 else "L"
    (compatibility,) = struct.unpack_from(">I", config, 2)
    reversed_bits = int(f"{compatibility:032b}"[::-1], 2)
    constraints = bytes(config[6:12]).rstrip(b"\0")
    parts = [name, f"{space}{config[1] & 0x1F}", f"{reversed_bits:X}", f"{tier}{config[12]}"]
    return ".".join([*parts, *(f"{byte:X}" for byte in constraints)])


def _av1(config: memoryview, boxes: memoryview) -> str:
    """AV1 Codec ISO Media File Format Binding, section 5; colour only where not the default."""
    profile, level = config[1] >> 5, config[1] & 0x1F
    tier = "H" if config[2] & 0x80 else "M"
    depth = 10 if config[2] & 0x40 else 8
    text = f"av01.{profile}.{level:02d}{tier}.{depth:02d}"
    colour = next(
        (b.payload for b in walk(boxes) if b.kind == b"colr" and bytes(b.payload[:4]) == b"nclx"), None
    )
    if colour is None:
        return text
    primaries, transfer, matrix = struct.unpack_from(">HHH", colour, 4)
    if (primaries, transfer, matrix) in ((1, 1, 1), (2, 2, 2)):
        return text
    subsampling = f"{config[2] >> 3 & 1}{config[2] >> 2 & 1}{config[2] & 3}"
    mono = config[2] >> 4 & 1
    return f"{text}.{mono}.{subsampling}.{primaries:02d}.{transfer:02d}.{matrix:02d}.{colour[10] >> 7}"


def _mp4a(esds: memoryview) -> str:
    """ISO/IEC 14496-1: the object type indication and, for MPEG-4 audio, the audio object type."""
    data = bytes(esds[4:])
    at = data.index(b"\x04")
    at = _past_length(data, at + 1)
    indication = data[at]
    if indication != 0x40:
        return f"mp4a.{indication:02X}"
    at = _past_length(data, data.index(b"\x05", at + 13) + 1)
    kind = data[at] >> 3
    return f"mp4a.40.{kind}"


def _past_length(data: bytes, at: int) -> int:
    """Behind an expandable length of up to four bytes."""
    while data[at] & 0x80:
        at += 1
    return at + 1
