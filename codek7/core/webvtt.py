"""Subtitles as segmented WebVTT (W3C WebVTT; RFC 8216bis section 3.1.4), and WebVTT in general."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction

from codek7.core.records import TextCue, TextRendition

TIMESTAMP_MAP = "X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0"
"""Cue times are the media's times: every presentation starts at 0."""
LONGEST_CUE = 2000
"""Characters of a cue; the rest is cut off."""


def segments(rendition: TextRendition, cuts: Sequence[Fraction]) -> tuple[bytes, ...]:
    """One WebVTT file per segment between the cuts (rising, in seconds of presentation time).

    A cue is in every segment during which it shows, each time with its full times, so that whichever segment
    is played first has it. Cues outside the cuts, and those without text, are in none.
    """
    edges = [round(cut * 1000) for cut in cuts]
    files: list[list[str]] = [[f"WEBVTT\n{TIMESTAMP_MAP}\n"] for _ in edges[1:]]
    for cue in sorted(rendition.cues, key=lambda cue: (cue.start_us, cue.end_us)):
        start = max(0, cue.start_us // 1000)
        end = max(start + 1, cue.end_us // 1000)
        if cue.end_us <= max(0, cue.start_us) or not (text := payload(cue.text)):
            continue
        shown = f"{timing(start, end)}\n{text}\n"
        for at in range(max(0, bisect_right(edges, start) - 1), min(bisect_left(edges, end), len(files))):
            files[at].append(shown)
    return tuple("\n".join(file).encode() for file in files)


def whole(cues: Iterable[TextCue]) -> bytes:
    """A WebVTT file of its own, in the order given; every cue shows for at least a millisecond."""
    times = ((cue.start_us // 1000, cue.end_us // 1000, cue.text) for cue in cues)
    blocks = (f"{timing(start, max(start + 1, end))}\n{payload(text)}\n" for start, end, text in times)
    return "\n".join(["WEBVTT\n", *blocks]).encode()


def timing(start_ms: int, end_ms: int) -> str:
    """The line that says when a cue shows."""
    return f"{_clock(start_ms)} --> {_clock(end_ms)}"


def payload(text: str) -> str:
    """Plain text as the lines of a cue: escaped, so that it holds no tag, no arrow and no blank line.

    Control characters, lone surrogates and what else is no character go; long texts are cut.
    """
    lines = (_printable(line) for line in text[: 2 * LONGEST_CUE].splitlines())
    plain = "\n".join(line for line in lines if line)[:LONGEST_CUE].strip()
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _printable(line: str) -> str:
    return "".join(filter(_is_character, line)).strip()


def _is_character(char: str) -> bool:
    """Everything but controls, surrogates and noncharacters (Unicode 23.7)."""
    code = ord(char)
    return not (
        code < 0x20
        or 0x7F <= code < 0xA0
        or 0xD800 <= code < 0xE000
        or 0xFDD0 <= code < 0xFDF0
        or code & 0xFFFE == 0xFFFE
    )


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
