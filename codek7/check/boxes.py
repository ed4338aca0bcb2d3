"""The ISO BMFF boxes that rules ask about, read straight from the bytes (ISO/IEC 14496-12).

Written apart from the code that writes our own segments, so that one mistake is not made twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

_BASE_DATA_OFFSET, _DEFAULT_BASE_IS_MOOF = 0x000001, 0x020000


class Fragments(msgspec.Struct, frozen=True, kw_only=True):
    """What the top level of a segment or initialization section holds.

    `first` is the type of the first box. `tfdt` and `moof_relative` say whether every track fragment
    has a decode time and uses movie-fragment-relative addressing; both are True where there is none.
    `whole_bytes` is where the last whole box ends; a cut mdat counts as whole, as an I-frame's range cuts
    it on purpose.
    """

    first: str = ""
    types: frozenset[str] = frozenset()
    movie_extends: bool = False
    tfdt: bool = True
    moof_relative: bool = True
    whole_bytes: int = 0


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[str, int, int]]:
    """Yield `(type, start of content, end)` of the boxes in a range; the last `end` may lie past it."""
    end = len(data) if end is None else end
    at = start
    while at + 8 <= end:
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        header = 8
        if size == 1 and at + 16 <= end:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = end - at
        if size < header or not all(32 <= byte < 127 or byte == 0xA9 for byte in kind):
            return
        yield kind.decode("latin-1"), at + header, at + size
        at += size


def read_fragments(data: bytes) -> Fragments:
    """Read the top level of a segment, and the track fragments in it."""
    first, types = "", set()
    movie_extends, tfdt, relative, whole = False, True, True, 0
    for kind, start, end in boxes(data):
        first = first or kind
        types.add(kind)
        if end <= len(data) or kind == "mdat":
            whole = min(end, len(data))
        if kind == "moov":
            movie_extends = movie_extends or any(child == "mvex" for child, *_ in boxes(data, start, end))
        if kind == "moof":
            for has_time, is_relative in _track_fragments(data, start, min(end, len(data))):
                tfdt, relative = tfdt and has_time, relative and is_relative
    return Fragments(
        first=first,
        types=frozenset(types),
        movie_extends=movie_extends,
        tfdt=tfdt,
        moof_relative=relative,
        whole_bytes=whole,
    )


def _track_fragments(data: bytes, start: int, end: int) -> Iterator[tuple[bool, bool]]:
    """Yield, per traf, whether it has a tfdt and whether its offsets count from the moof."""
    for kind, inner, stop in boxes(data, start, end):
        if kind != "traf":
            continue
        children = {child: at for child, at, _ in boxes(data, inner, min(stop, end))}
        header = children.get("tfhd")
        flags = int.from_bytes(data[header + 1 : header + 4], "big") if header is not None else 0
        relative = bool(flags & _DEFAULT_BASE_IS_MOOF) and not flags & _BASE_DATA_OFFSET
        yield "tfdt" in children, relative
