"""Common Media Client Data (CTA-5004): what a player says of itself with each request for media."""

from __future__ import annotations

import re

import msgspec

MAX_TEXT = 2_048
MAX_SESSION = 64
_PAIR = re.compile(r'\s*([a-z0-9.-]{1,64})(?:=("(?:[^"\\]|\\.)*"|[^,"]*))?\s*(?:,|$)')


class Cmcd(msgspec.Struct, frozen=True, kw_only=True):
    """The keys that tell how playback goes; units as our own, what was not said is 0 or empty."""

    session: str = ""
    bitrate_bps: int = 0
    throughput_bps: int = 0
    duration_us: int = 0
    kind: str = ""
    """Object type: `v` for video, `av` for both, `a` audio, `m` playlist, `i` init section, …"""
    starved: bool = False
    """The player had run out of media before this request."""


def parse(text: str) -> Cmcd:
    """Values of the query or of the headers, joined by commas. What cannot be read is left out: this is
    decoration of a request that is answered anyway."""
    said: dict[str, str] = {}
    at, text = 0, text[:MAX_TEXT]
    while at < len(text) and (match := _PAIR.match(text, at)):
        said[match[1]] = "true" if match[2] is None else match[2].strip()
        at = match.end()
    return Cmcd(
        session=_text(said.get("sid", ""))[:MAX_SESSION],
        bitrate_bps=_number(said.get("br", "")) * 1_000,
        throughput_bps=_number(said.get("mtp", "")) * 1_000,
        duration_us=_number(said.get("d", "")) * 1_000,
        kind=said.get("ot", "") if said.get("ot", "") in _KINDS else "",
        starved=said.get("bs") == "true",
    )


_KINDS = frozenset(("m", "a", "v", "av", "i", "c", "tt", "k", "o"))


def _text(value: str) -> str:
    inner = value[1:-1].replace('\\"', '"').replace("\\\\", "\\") if value.startswith('"') else value
    return inner if inner.isprintable() else ""


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0
