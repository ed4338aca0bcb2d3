"""What the boxes of an MP4 or QuickTime file tell before libav reads them: its headers and `moov`."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from codek7.core.boxes import find, walk

MOST_BOXES = 1000
"""Boxes looked at on the top level: fragmented files have thousands, but `moov` comes early in them."""
MOST_MOOV_BYTES = 64 << 20
SELF_CONTAINED = 1
"""The flag of a data reference that means: in this file."""


def lacks_moov(path: Path) -> bool:
    """Whether this is an ISO base media file (begins with `ftyp` or the like) without a whole `moov`."""
    size, kinds = path.stat().st_size, []
    for kind, _, end in _top_level(path):
        if kind == b"moov":
            return end > size
        kinds.append(kind)
    return kinds[:1] in ([b"ftyp"], [b"mdat"], [b"free"], [b"wide"], [b"skip"])


def refers_elsewhere(path: Path) -> bool:
    """Whether a track keeps its media in another file (ISO/IEC 14496-12, 8.7.2)."""
    for kind, start, end in _top_level(path):
        if kind == b"moov" and end - start <= MOST_MOOV_BYTES:
            with path.open("rb") as file:
                file.seek(start)
                return any(not flags & SELF_CONTAINED for flags in _reference_flags(file.read(end - start)))
    return False


def _reference_flags(moov: bytes) -> Iterator[int]:
    """The flags of every data reference of every track that can be made out."""
    try:
        for track in walk(find(moov, b"moov")):
            if track.kind == b"trak":
                references = find(track.payload, b"mdia", b"minf", b"dinf", b"dref")
                for entry in walk(references[8:]):
                    yield int.from_bytes(entry.payload[1:4])
    except (ValueError, struct.error):
        return


def _top_level(path: Path) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of the outermost boxes; the last may end behind the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = 0
        for _ in range(MOST_BOXES):
            file.seek(start)
            header = file.read(16)
            if len(header) < 8:
                return
            length, kind = struct.unpack_from(">I4s", header)
            if length == 1:
                length = int.from_bytes(header[8:16])
            end = start + length if length >= 8 else size
            yield kind, start, end
            start = end
