"""A ladder that was made elsewhere, fitted to a source: never larger than it, always of its shape."""

from __future__ import annotations

from fractions import Fraction

import msgspec

from codek7.core.ladder import Ladder, Rung
from codek7.core.media import VideoTrack
from codek7.core.values import content_hash

Dropped = tuple[str, str]
"""A rung's label, and why it is left out."""


def fit_ladder(ladder: Ladder, track: VideoTrack) -> tuple[Ladder, tuple[Dropped, ...]]:
    """The ladder for this source, and the rungs it cannot have. A ladder that fits comes back as it is.

    A rung is a box: the source's shape is fitted into it. Rungs larger than the source, rungs that fitting
    makes equal, and HDR rungs for an SDR source are left out.
    """
    rungs: list[Rung] = []
    dropped: list[Dropped] = []
    seen: set[str] = set()
    for rung in ladder.rungs:
        fitted = _fit(rung, track)
        why = _unfit(rung, track) or ("repeats another rung" if content_hash(fitted) in seen else "")
        if why:
            dropped.append((rung.label, why))
        else:
            rungs.append(fitted)
            seen.add(content_hash(fitted))
    return msgspec.structs.replace(ladder, rungs=tuple(rungs)), tuple(dropped)


def _unfit(rung: Rung, track: VideoTrack) -> str:
    width, height = track.display_size
    if rung.width > width + width % 2 and rung.height > height + height % 2:
        return f"larger than the source ({width}x{height})"
    if rung.dynamic_range != "sdr" and track.hdr == "none":
        return "the source is not HDR"
    return ""


def _fit(rung: Rung, track: VideoTrack) -> Rung:
    width, height = track.display_size
    if (
        abs(Fraction(rung.width, rung.height) / Fraction(width, height) - 1) * min(rung.width, rung.height)
        <= 2
    ):
        return rung
    scale = min(Fraction(rung.width, width), Fraction(rung.height, height), Fraction(1))
    even = (max(2, round(side * scale / 2) * 2) for side in (width, height))
    return msgspec.structs.replace(rung, width=next(even), height=next(even))
