"""What the boxes of an MP4 or QuickTime file tell before libav reads them: its headers and `moov`."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from codek7.core.boxes import find, walk

MOST_BOXES = 1000
"""Boxes looked at on the top level: fragmented files have thousands, but `moov` comes early in them."""
MOST_FRAGMENTS = 1_000_000
"""Boxes looked at on the top level where fragments are counted."""
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


class Claim(NamedTuple):
    """How many samples a track says it has."""

    video: bool
    samples: int


def claims(path: Path) -> list[Claim]:
    """What the tracks of an ISO base media file claim, as far as its boxes can be made out.

    A table of 20 bytes can list 2³² samples of one size, and libav makes an entry of 24 bytes for each.
    """
    tracks: dict[int, Claim] = {}
    runs: Counter[int] = Counter()
    with path.open("rb") as file:
        for kind, start, end in _top_level(path, MOST_FRAGMENTS):
            if kind not in (b"moov", b"moof") or end - start > MOST_MOOV_BYTES:
                continue
            file.seek(start)
            box = file.read(end - start)
            if kind == b"moov":
                tracks.update(_track_claims(box))
            else:
                for number, samples in _run_claims(box):
                    runs[number] += samples
    return [Claim(claim.video, claim.samples + runs[number]) for number, claim in tracks.items()]


def _track_claims(moov: bytes) -> Iterator[tuple[int, Claim]]:
    try:
        for track in walk(find(moov, b"moov")):
            if track.kind == b"trak":
                header = find(track.payload, b"tkhd")
                number = int.from_bytes(header[20:24] if header[0] else header[12:16])
                video = bytes(find(track.payload, b"mdia", b"hdlr")[8:12]) == b"vide"
                yield number, Claim(video, _listed(find(track.payload, b"mdia", b"minf", b"stbl")))
    except (ValueError, IndexError):
        return


def _listed(table: memoryview) -> int:
    """The samples of a sample table (8.7.3), or of its largest chunk where that claims more (8.7.4)."""
    counts = [0]
    for each in walk(table):
        if each.kind in (b"stsz", b"stz2"):
            counts.append(int.from_bytes(each.payload[8:12]))
        elif each.kind == b"stsc":
            entries = bytes(each.payload[8 : 8 + len(each.payload[8:]) // 12 * 12])
            counts += [samples for _, samples, _ in struct.iter_unpack(">III", entries)]
    return max(counts)


def _run_claims(moof: bytes) -> Iterator[tuple[int, int]]:
    """(track, samples) of each track run (8.8.8)."""
    try:
        for fragment in walk(find(moof, b"moof")):
            if fragment.kind == b"traf":
                number = int.from_bytes(find(fragment.payload, b"tfhd")[4:8])
                for run in walk(fragment.payload):
                    if run.kind == b"trun":
                        yield number, int.from_bytes(run.payload[4:8])
    except ValueError:
        return


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


def _top_level(path: Path, most: int = MOST_BOXES) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of the outermost boxes; the last may end behind the file."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = 0
        for _ in range(most):
            if start >= size:
                return
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
