"""Packed audio segments (RFC 8216bis section 3.1.3): their timestamp, and the length of their frames."""

from __future__ import annotations

_OWNER = b"com.apple.streaming.transportStreamTimestamp\0"
TIMESTAMP_HZ = 90_000


def id3_bytes(data: bytes) -> int:
    """Length of the ID3v2 tag that the data starts with; 0 for none."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    size = 0
    for byte in data[6:10]:
        size = size << 7 | (byte & 0x7F)
    return 10 + size + (10 if data[5] & 0x10 else 0)


def timestamp(data: bytes) -> int | None:
    """The 33-bit MPEG-2 time of the first sample, from the ID3 PRIV frame; None where it is missing."""
    tag = data[: id3_bytes(data)]
    at = tag.find(_OWNER)
    if at < 0 or len(tag) < at + len(_OWNER) + 8:
        return None
    value = tag[at + len(_OWNER) : at + len(_OWNER) + 8]
    return int.from_bytes(value, "big") & (2**33 - 1)
