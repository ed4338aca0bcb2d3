"""Times of a presentation's media, set against its playlists."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import msgspec

from codek7.check.media import Kind, Track
from codek7.check.playlist import Segment
from codek7.check.walk import MediaFacts, Presentation

# A track with irregular frames may hold one picture for long; no tolerance grows beyond this.
LONGEST_TOLERANCE_S = Fraction(1, 2)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One segment's part of a track. `timed` is False for packed audio that lacks its timestamp."""

    segment: Segment
    track: Track
    container: str
    timed: bool


def main_kind(facts: MediaFacts) -> Kind | None:
    """The kind of track that carries a playlist's timeline: video, else audio, else text."""
    kinds = {track.kind for read in facts.reads for track in read.media.tracks}
    order: tuple[Kind, ...] = ("video", "audio", "subtitle")
    return next((kind for kind in order if kind in kinds), None)


def pieces(facts: MediaFacts, kind: Kind | None) -> list[Piece]:
    """The parts of a playlist's first track of a kind, in order; segments that are cut off are left out."""
    if kind is None:
        return []
    whole = ((read, read.media.track(kind)) for read in facts.reads if not read.missing_bytes)
    return [
        Piece(
            segment=read.segment,
            track=track,
            container=read.container,
            timed=read.container in ("mp4", "mpegts") or read.packed_timestamp is not None,
        )
        for read, track in whole
        if track
    ]


def runs(parts: list[Piece]) -> Iterator[list[Piece]]:
    """Split pieces at discontinuities and wherever a segment was not read."""
    run: list[Piece] = []
    for piece in parts:
        if run and (piece.segment.discontinuity or piece.segment.number != run[-1].segment.number + 1):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def frame_tolerance_s(parts: list[Piece]) -> Fraction:
    """One frame: the longest there is in the track, within reason."""
    longest = max((max(p.track.frame_s, p.track.longest_s) for p in parts), default=Fraction(0))
    return min(longest, LONGEST_TOLERANCE_S)


def join_tolerance_s(parts: list[Piece]) -> Fraction:
    """How far two segments may be apart: half a frame where frames are regular, else one."""
    if not parts:
        return Fraction(0)
    track = parts[0].track
    longest = max(p.track.longest_s for p in parts)
    shortest = min(p.track.shortest_s for p in parts)
    regular = longest - shortest <= 2 * track.tick_s
    return track.frame_s / 2 + track.tick_s if regular else frame_tolerance_s(parts) + track.tick_s


def video_frame_s(presentation: Presentation) -> Fraction | None:
    """The longest usual frame of any video in the presentation; None without video."""
    found = [
        piece.track.frame_s
        for facts in presentation.media.values()
        if not facts.trick_play
        for piece in pieces(facts, "video")[:1]
    ]
    return max(found, default=None)
