"""The text of ASS events without their styling. (Advanced SubStation Alpha is FFmpeg's own form of all text
subtitles.)"""

from __future__ import annotations

import re

_PARTS = re.compile(r"\\[Nnh{}\u2060]|[{}\\]|[^{}\\]+")
_DRAWING = re.compile(r"\\p(\d+)")
_ESCAPES = {"\\N": "\n", "\\n": " ", "\\h": " ", "\\{": "{", "\\}": "}", "\\\u2060": "\\"}
FIELDS = 8
"""Fields before the text of an event as Matroska stores it, one comma behind each."""


def event_text(event: str) -> str:
    """The last field of "ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text", or ""."""
    fields = event.split(",", FIELDS)
    return fields[FIELDS] if len(fields) > FIELDS else ""


def plain_text(text: str) -> str:
    """What a reader sees: override blocks and vector drawings left out, line breaks real, in one pass."""
    shown: list[str] = []
    block: list[str] | None = None
    drawing = False
    for part in _PARTS.findall(text):
        if block is None and part == "{":
            block = []
        elif block is None:
            shown += [] if drawing else [_ESCAPES.get(part, part)]
        elif part in {"}", "\\}"}:
            modes = _DRAWING.findall("".join(block))
            drawing = modes[-1].strip("0") != "" if modes else drawing
            block = None
        else:
            block.append(part)
    unclosed = [] if block is None or drawing else ["{", *block]
    return "".join(shown + unclosed)
