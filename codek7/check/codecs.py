"""RFC 6381 codec strings, from what the streams themselves carry.

Sources: ISO/IEC 14496-15 annex E (avc1, hvc1), the AV1 ISOBMFF binding section 5 (av01), RFC 6381
section 3.3 (mp4a). Parameters that the bytes do not give are left out, and `same_codec` compares only
what both sides have.
"""

from __future__ import annotations

from codek7.check.nal import nal_units, without_emulation

VIDEO_ENTRIES = (
    "avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "dva1", "dvav", "dav1",
    "av01", "vp08", "vp09", "mp4v", "mjpg",
)  # fmt: skip
TEXT_ENTRIES = ("wvtt", "stpp", "tx3g")

_BY_NAME = {
    "ac3": "ac-3",
    "eac3": "ec-3",
    "opus": "Opus",
    "flac": "fLaC",
    "alac": "alac",
    "mp3": "mp4a.40.34",
    "webvtt": "wvtt",
    "ttml": "stpp",
}
_DEFAULT_ENTRY = {"h264": "avc1", "hevc": "hvc1"}
_PREFIX_ONLY = ("vp09", "vp08", "dvh1", "dvhe", "dva1", "dvav", "dav1", "stpp")
_OBJECT_TYPE_ESCAPE = 31


def codec_string(name: str, entry: str, extradata: bytes, adts: bytes = b"") -> str | None:
    """Return the RFC 6381 string of a stream, or None where its bytes do not tell.

    `name` is FFmpeg's name of the codec, `entry` the sample entry's four characters ("" outside MP4),
    `adts` the first bytes of an AAC packet where there is no AudioSpecificConfig.
    """
    if entry[:4] in _PREFIX_ONLY:
        return entry
    if name == "h264":
        return _avc(entry or _DEFAULT_ENTRY[name], extradata)
    if name == "hevc":
        return _hevc(entry or _DEFAULT_ENTRY[name], extradata)
    if name == "av1":
        return _av1(extradata)
    if name == "aac":
        return _aac(extradata, adts)
    return _BY_NAME.get(name)


def same_codec(said: str, found: str) -> bool:
    """Compare two codec strings by meaning: letter case, trailing zero groups and optional parts apart."""
    left, right = said.strip().lower(), found.strip().lower()
    if left == right:
        return True
    if left[:4] != right[:4]:
        return False
    if left.startswith(_PREFIX_ONLY):
        return True
    parts, others = left.split("."), right.split(".")
    if left.startswith(("hvc1", "hev1")):
        return _without_zero_tail(parts) == _without_zero_tail(others)
    if left.startswith("av01"):
        shared = min(len(parts), len(others))
        return shared >= 4 and parts[:shared] == others[:shared]
    return False


def aac_object_type(config: bytes) -> int | None:
    """Read the audio object type from an AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1)."""
    if len(config) < 2:
        return None
    kind = config[0] >> 3
    if kind == _OBJECT_TYPE_ESCAPE:
        kind = 32 + (((config[0] & 7) << 3) | (config[1] >> 5))
    return kind or None


def _avc(entry: str, extradata: bytes) -> str | None:
    if extradata[:1] == b"\x01" and len(extradata) >= 4:
        return f"{entry}.{extradata[1:4].hex()}"
    for unit in nal_units(extradata, None):
        if unit and unit[0] & 0x1F == 7 and len(unit) >= 4:
            return f"{entry}.{unit[1:4].hex()}"
    return None


def _hevc(entry: str, extradata: bytes) -> str | None:
    """profile_space/tier/profile, compatibility flags, constraints and level: 12 bytes in both layouts."""
    general = b""
    if extradata[:1] == b"\x01":
        general = extradata[1:13]
    else:
        for unit in nal_units(extradata, None):
            if len(unit) > 2 and (unit[0] >> 1) & 0x3F == 33:
                general = without_emulation(unit)[3:15]
                break
    if len(general) < 12:
        return None
    space = ("", "A", "B", "C")[general[0] >> 6]
    tier = "H" if general[0] & 0x20 else "L"
    flags = int(f"{int.from_bytes(general[1:5], 'big'):032b}"[::-1], 2)
    constraints = [f"{byte:x}" for byte in general[5:11]]
    parts = [entry, f"{space}{general[0] & 0x1F}", f"{flags:x}", f"{tier}{general[11]}", *constraints]
    return ".".join(_without_zero_tail(parts))


def _without_zero_tail(parts: list[str]) -> list[str]:
    end = len(parts)
    while end > 4 and not parts[end - 1].strip("0"):
        end -= 1
    return [part.lstrip("0") or "0" if at >= 4 else part for at, part in enumerate(parts[:end])]


def _av1(extradata: bytes) -> str | None:
    if len(extradata) < 4 or extradata[0] != 0x81:
        return None
    profile, level = extradata[1] >> 5, extradata[1] & 0x1F
    tier = "H" if extradata[2] & 0x80 else "M"
    high, twelve = bool(extradata[2] & 0x40), bool(extradata[2] & 0x20)
    depth = 12 if high and twelve else 10 if high else 8
    return f"av01.{profile}.{level:02d}{tier}.{depth:02d}"


def _aac(extradata: bytes, adts: bytes) -> str | None:
    kind = aac_object_type(extradata)
    if kind is None and len(adts) >= 3 and adts[0] == 0xFF and adts[1] & 0xF6 == 0xF0:
        kind = (adts[2] >> 6) + 1
    return None if kind is None else f"mp4a.40.{kind}"
