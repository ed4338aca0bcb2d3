"""Looking inside coded pictures: NAL units of H.264 and HEVC, OBUs of AV1.

Just enough to tell whether a packet holds a picture from which decoding can start clean, which a
container's key flag alone does not prove.
"""

from __future__ import annotations

from collections.abc import Iterator

_H264_SLICES, _H264_IDR = range(1, 6), 5
_HEVC_SLICES, _HEVC_IDR = range(32), (19, 20)
_AV1_FRAME_HEADER, _AV1_FRAME = 3, 6


def nal_length_bytes(codec: str, extradata: bytes) -> int | None:
    """Size of the length before each NAL unit, from avcC or hvcC; None where start codes part them."""
    if codec == "h264" and len(extradata) > 6 and extradata[0] == 1:
        return (extradata[4] & 3) + 1
    if codec == "hevc" and len(extradata) > 22 and extradata[:3] not in (b"\0\0\1", b"\0\0\0"):
        return (extradata[21] & 3) + 1
    return None


def nal_units(data: bytes, length_bytes: int | None) -> Iterator[bytes]:
    """Yield the NAL units of a packet: length-prefixed, or after start codes (Annex B)."""
    if length_bytes is not None:
        at = 0
        while at + length_bytes <= len(data):
            size = int.from_bytes(data[at : at + length_bytes], "big")
            at += length_bytes
            yield data[at : at + size]
            at += size
        return
    start = data.find(b"\0\0\1")
    while start >= 0:
        following = data.find(b"\0\0\1", start + 3)
        yield data[start + 3 : following if following >= 0 else len(data)]
        start = following


def is_clean_start(codec: str, data: bytes, length_bytes: int | None) -> bool | None:
    """Tell whether a packet is an IDR picture (AV1: a shown key frame); None for other codecs."""
    if codec == "h264":
        kinds = [unit[0] & 0x1F for unit in nal_units(data, length_bytes) if unit]
        slices = [kind for kind in kinds if kind in _H264_SLICES]
        return bool(slices) and all(kind == _H264_IDR for kind in slices)
    if codec == "hevc":
        kinds = [(unit[0] >> 1) & 0x3F for unit in nal_units(data, length_bytes) if unit]
        slices = [kind for kind in kinds if kind in _HEVC_SLICES]
        return bool(slices) and all(kind in _HEVC_IDR for kind in slices)
    if codec == "av1":
        return _av1_key_frame(data)
    return None


def _av1_key_frame(data: bytes) -> bool:
    """Read OBUs to the first frame header: show_existing_frame 0, frame_type KEY_FRAME, show_frame 1.

    A sequence with reduced_still_picture_header has no such bits, and is a key frame by definition.
    """
    at, reduced = 0, False
    while at < len(data):
        header = data[at]
        kind, has_extension, has_size = (header >> 3) & 15, bool(header & 4), bool(header & 2)
        at += 2 if has_extension else 1
        size = len(data) - at
        if has_size:
            size, at = _leb128(data, at)
        if kind == 1 and at < len(data):
            reduced = bool(data[at] & 0x08)
        if kind in (_AV1_FRAME_HEADER, _AV1_FRAME) and at < len(data):
            return reduced or (data[at] & 0xF0) == 0x10
        at += size
    return False


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """Read a little-endian base-128 number; returns it and the place after it."""
    value = 0
    for shift in range(0, 56, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    return value, at


def without_emulation(unit: bytes) -> bytes:
    """Drop the emulation prevention bytes of a NAL unit (00 00 03 becomes 00 00)."""
    return unit.replace(b"\0\0\3", b"\0\0")
