"""CMAF tracks (ISO/IEC 23000-19): fragments of a muxer's output put on the planned timeline and written.

Muxers leave the encoder's reordering delay and priming in the timestamps, so that pictures present late and
sound early. Here every fragment gets the times that were planned: within a closed GOP the decode times are
its presentation times in rising order, composition offsets lead from the one to the other, and an edit list
in the init section takes the delay of the reordering (or the priming of the sound) out of the presentation.
Everything then presents exactly when planned, whichever encoder made it. (Signed offsets would do without an
edit list, but FFmpeg's demuxer presents such fragments late by the largest of them.)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from codek7.core.boxes import box, find, full_box, rebuild, walk

SYNC_FLAGS = 0x02000000
NON_SYNC_FLAGS = 0x01010000
_DATA_OFFSET, _FIRST_FLAGS, _DURATION, _SIZE, _FLAGS, _COMPOSITION = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800


class Sample(NamedTuple):
    """One coded picture or sound frame, in decode order; ticks of the track's timescale."""

    duration: int
    size: int
    composition: int


class TrackFragment(NamedTuple):
    """The samples of one `moof` and their bytes."""

    decode_time: int
    samples: tuple[Sample, ...]
    media: memoryview

    def presentation_times(self) -> list[int]:
        """When each sample presents, in decode order."""
        times, at = [], self.decode_time
        for sample in self.samples:
            times.append(at + sample.composition)
            at += sample.duration
        return times


class Reader:
    """Takes a fragmented MP4 of one track apart as its bytes arrive."""

    def __init__(self) -> None:
        self.init = b""
        self._pending = bytearray()
        self._moof = b""

    def feed(self, data: bytes) -> Iterator[TrackFragment]:
        """Add bytes; yields every fragment that became whole. Raises `ValueError` for anything else."""
        self._pending += data
        while (size := self._whole_box()) is not None:
            found = next(walk(bytes(self._pending[:size])))
            del self._pending[:size]
            if found.kind in (b"ftyp", b"moov"):
                self.init += box(found.kind, found.payload)
            elif found.kind == b"moof":
                self._moof = bytes(found.payload)
            elif found.kind == b"mdat" and self._moof:
                yield _track_fragment(self._moof, found.payload)
                self._moof = b""

    def _whole_box(self) -> int | None:
        if len(self._pending) < 8:
            return None
        size = int.from_bytes(self._pending[:4], "big")
        if size == 1:
            size = int.from_bytes(self._pending[8:16], "big") if len(self._pending) >= 16 else 16
        if size < 8:
            raise ValueError("not a fragmented MP4")
        return size if len(self._pending) >= size else None


def _track_fragment(moof: bytes, media: memoryview) -> TrackFragment:
    traf = find(moof, b"traf")
    default_duration, default_size = _track_defaults(find(traf, b"tfhd"))
    tfdt = find(traf, b"tfdt")
    decode_time = struct.unpack_from(">q" if tfdt[0] else ">i", tfdt, 4)[0]
    samples: list[Sample] = []
    for found in walk(traf):
        if found.kind == b"trun":
            samples += _track_run(found.payload, default_duration, default_size)
    return TrackFragment(decode_time, tuple(samples), media)


def _track_defaults(tfhd: memoryview) -> tuple[int, int]:
    (flags,) = struct.unpack_from(">I", tfhd, 0)
    at, values = 8, {}
    for bit, length in ((0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4)):
        if flags & bit:
            values[bit] = int.from_bytes(tfhd[at : at + length], "big")
            at += length
    return values.get(0x8, 0), values.get(0x10, 0)


def _track_run(trun: memoryview, duration: int, size: int) -> list[Sample]:
    flags, count = struct.unpack_from(">II", trun, 0)
    flags &= 0xFFFFFF
    at = 8 + 4 * bool(flags & _DATA_OFFSET) + 4 * bool(flags & _FIRST_FLAGS)
    signs = ((_DURATION, "I"), (_SIZE, "I"), (_FLAGS, "I"), (_COMPOSITION, "i"))
    present = [bit for bit, _ in signs if flags & bit]
    row = struct.Struct(">" + "".join(sign for bit, sign in signs if flags & bit))
    samples = []
    for values in row.iter_unpack(trun[at : at + row.size * count]) if present else [()] * count:
        fields = dict(zip(present, values, strict=True))
        samples.append(
            Sample(fields.get(_DURATION, duration), fields.get(_SIZE, size), fields.get(_COMPOSITION, 0))
        )
    return samples


def retimed(fragment: TrackFragment, end: int, *, shift: int = 0, delay: int = 0) -> TrackFragment:
    """A closed GOP put exactly on its presentation times (moved by `shift`), shown until `end`.

    The track's edit list takes `delay` off again. Raises `ValueError` where the encoder reordered by more.
    """
    times = [time + shift for time in fragment.presentation_times()]
    decode = [*_decode_times(times, end, delay), end]
    samples = tuple(
        Sample(decode[i + 1] - decode[i], sample.size, times[i] - decode[i] + delay)
        for i, sample in enumerate(fragment.samples)
    )
    if decode[0] != min(times) or any(sample.duration < 1 for sample in samples):
        raise ValueError("pictures are reordered by more than the planned delay, or overlap")
    return TrackFragment(decode[0], samples, fragment.media)


def _decode_times(times: Sequence[int], end: int, delay: int) -> list[int]:
    """Decode times for pictures in decode order: their presentation times in rising order, which is regular
    where frames are; but none later than `delay` after the picture presents, as it would be where a long
    frame falls between pictures that swap places, and none so early that a picture outlasts `end`."""
    decode = sorted(times)
    latest = end
    for i in reversed(range(len(times))):
        latest = min(times[i] + delay, latest - 1)
        decode[i] = min(decode[i], latest)
    following = end
    for i in reversed(range(len(times))):
        decode[i] = following = max(decode[i], following - (end - times[i]))
    return decode


def write_fragment(sequence: int, fragment: TrackFragment, *, all_sync: bool = False) -> tuple[bytes, int]:
    """`moof` and `mdat` of a fragment, and how many bytes lead up to the end of its first sample.

    Track 1. Times count from the fragment's own `tfdt`. With `all_sync` every sample may start decoding.
    """
    samples = fragment.samples
    duration = samples[0].duration if len({s.duration for s in samples}) == 1 else None
    moof = _moof(sequence, fragment, duration, all_sync, 0)
    moof = _moof(sequence, fragment, duration, all_sync, len(moof) + 8)
    written = b"".join((moof, box(b"mdat", fragment.media)))
    return written, len(moof) + 8 + samples[0].size


def _moof(sequence: int, fragment: TrackFragment, duration: int | None, all_sync: bool, offset: int) -> bytes:
    default_flags = SYNC_FLAGS if all_sync else NON_SYNC_FLAGS
    if duration is None:
        tfhd = full_box(b"tfhd", 0, 0x020020, struct.pack(">II", 1, default_flags))
    else:
        tfhd = full_box(b"tfhd", 0, 0x020028, struct.pack(">III", 1, duration, default_flags))
    tfdt = full_box(b"tfdt", 1, 0, struct.pack(">Q", fragment.decode_time))
    run = _trun(fragment.samples, duration is None, all_sync, offset)
    return box(b"moof", full_box(b"mfhd", 0, 0, struct.pack(">I", sequence)), box(b"traf", tfhd, tfdt, run))


def _trun(samples: Sequence[Sample], durations: bool, all_sync: bool, offset: int) -> bytes:
    reordered = any(sample.composition for sample in samples)
    flags = _DATA_OFFSET | _SIZE | _DURATION * durations | _COMPOSITION * reordered
    head = struct.pack(">Ii", len(samples), offset)
    if not all_sync:
        flags |= _FIRST_FLAGS
        head += struct.pack(">I", SYNC_FLAGS)
    row = struct.Struct(">" + "I" * durations + "I" + "i" * reordered)
    rows = [row.pack(*(s.duration,) * durations, s.size, *(s.composition,) * reordered) for s in samples]
    return full_box(b"trun", 1, flags, head, *rows)


def clean_init(init: bytes, *, delay: int = 0) -> bytes:
    """An init section without what a muxer adds (tags, edit lists): equal settings give equal bytes.

    With `delay`, an edit list makes the presentation start that many ticks into the media.
    """
    add = {}
    if delay:
        elst = full_box(b"elst", 0, 0, struct.pack(">IIihh", 1, 0, delay, 1, 0))
        add[b"trak"] = box(b"edts", elst)
    moov = rebuild(box(b"moov", find(init, b"moov")), (b"udta", b"edts", b"meta"), add)
    return box(b"ftyp", b"iso6", struct.pack(">I", 0), b"iso6", b"cmfc") + moov


def timescale_of(init: bytes) -> int:
    """Ticks a second, from the track's media header."""
    mdhd = find(init, b"moov", b"trak", b"mdia", b"mdhd")
    return int(struct.unpack_from(">I", mdhd, 20 if mdhd[0] else 12)[0])
