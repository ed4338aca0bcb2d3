"""MPEG-2 transport stream packets: tables and continuity counters (ISO/IEC 13818-1 section 2.4.3)."""

from __future__ import annotations

import msgspec

PACKET_BYTES = 188
_NULL_PID, _PAT_PID = 0x1FFF, 0


class TransportFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the packet headers of one segment say.

    `tables` is whether a PAT stands in it. `first_counters` and `last_counters` are the continuity
    counters by PID; `breaks` the PIDs whose counters skip inside the segment.
    """

    tables: bool
    first_counters: dict[int, int]
    last_counters: dict[int, int]
    breaks: tuple[int, ...]


def read_transport(data: bytes) -> TransportFacts:
    """Read every packet header of a segment; a trailing part of a packet is ignored."""
    end = len(data) - len(data) % PACKET_BYTES
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    breaks: set[int] = set()
    tables = False
    headers = zip(data[1:end:PACKET_BYTES], data[2:end:PACKET_BYTES], data[3:end:PACKET_BYTES], strict=True)
    for index, (high, low, flags) in enumerate(headers):
        pid = (high & 0x1F) << 8 | low
        if pid == _NULL_PID:
            continue
        tables = tables or pid == _PAT_PID
        if not flags & 0x10:  # no payload: the counter stands still
            continue
        counter = flags & 0x0F
        before = last.get(pid)
        if before is None:
            first[pid] = counter
        elif counter not in ((before + 1) & 0x0F, before) and not _announced(data, index):
            breaks.add(pid)  # the same counter again is fine: a packet may be sent twice
        last[pid] = counter
    return TransportFacts(
        tables=tables, first_counters=first, last_counters=last, breaks=tuple(sorted(breaks))
    )


def _announced(data: bytes, index: int) -> bool:
    """Whether the packet's adaptation field has its discontinuity_indicator set."""
    packet = data[index * PACKET_BYTES : (index + 1) * PACKET_BYTES]
    return bool(packet[3] & 0x20) and packet[4] > 0 and bool(packet[5] & 0x80)
