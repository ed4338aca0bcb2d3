"""WebVTT segments (RFC 8216bis section 3.1.4): the header, the timestamp map and the cues' times."""

from __future__ import annotations

import re
from fractions import Fraction

import msgspec

_TIME = r"(?:([0-9]{2,9}):)?([0-5][0-9]):([0-5][0-9])\.([0-9]{3})"
_CUE = re.compile(rf"^[ \t]*{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?$", re.MULTILINE)
_ARROW = re.compile(r"^.*-->.*$", re.MULTILINE)
_LOCAL = re.compile(rf"LOCAL:{_TIME}")
_MPEGTS = re.compile(r"MPEGTS:([0-9]{1,20})")
MPEGTS_HZ = 90_000


class WebVttFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a WebVTT segment says.

    `map_s` is what X-TIMESTAMP-MAP adds to a cue's time to reach the media's time, None where the
    header is missing; `bad_map` its text where it cannot be read. `cues` are pairs of start and end as
    written, in seconds; `bad_cues` the timing lines that cannot be read.
    """

    header: bool
    map_s: Fraction | None = None
    bad_map: str | None = None
    cues: tuple[tuple[Fraction, Fraction], ...] = ()
    bad_cues: tuple[str, ...] = ()


def read_webvtt(data: bytes) -> WebVttFacts:
    """Read a segment; bytes that are not UTF-8 are replaced."""
    text = data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    header = re.match(r"WEBVTT(?:[ \t\n]|$)", text) is not None
    top = text.split("\n\n", 1)[0]
    stated = next((line for line in top.split("\n") if line.startswith("X-TIMESTAMP-MAP")), None)
    offset, bad = _offset(stated)
    cues = tuple((_seconds(m.groups()[:4]), _seconds(m.groups()[4:])) for m in _CUE.finditer(text))
    arrows = [match[0] for match in _ARROW.finditer(text)]
    return WebVttFacts(
        header=header,
        map_s=offset,
        bad_map=bad,
        cues=cues,
        bad_cues=tuple(line[:80] for line in arrows if not _CUE.match(line)),
    )


def _offset(line: str | None) -> tuple[Fraction | None, str | None]:
    if line is None:
        return None, None
    local, mpegts = _LOCAL.search(line), _MPEGTS.search(line)
    if local is None or mpegts is None or not line.startswith("X-TIMESTAMP-MAP="):
        return None, line[:80]
    return Fraction(int(mpegts[1]), MPEGTS_HZ) - _seconds(local.groups()), None


def _seconds(parts: tuple[str | None, ...]) -> Fraction:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return Fraction(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths, 1000)
