"""Times: durations that are said against those that are there, gaps, and alignment across playlists."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from codek7.check.report import Finding, Rule
from codek7.check.rules_segments import at
from codek7.check.timeline import (
    Piece,
    frame_tolerance_s,
    join_tolerance_s,
    main_kind,
    pieces,
    runs,
    video_frame_s,
)
from codek7.check.walk import MediaFacts, Presentation

# EXTINF is commonly written in thousandths.
ROUNDING_S = Fraction(1, 1000)
# Encoders end audio on frame borders and sources end it early; more than this is missing content.
SAME_DURATION_S = Fraction(1, 4)


def _seconds(value: Fraction) -> str:
    return f"{float(value):.3f} s"


def _extinf_tolerance(parts: list[Piece], presentation: Presentation) -> Fraction:
    """One video frame; for audio alone, at least one of its own frames."""
    own = frame_tolerance_s(parts)
    return max(own, video_frame_s(presentation) or own) + ROUNDING_S


def extinf_accurate(presentation: Presentation) -> Iterator[Finding]:
    """EXTINF durations, one by one and summed over any run of segments, are right to one frame."""
    for facts in presentation.media.values():
        parts = pieces(facts, main_kind(facts))
        tolerance = _extinf_tolerance(parts, presentation)
        for run in runs(parts):
            yield from _extinf_run(facts, run, tolerance)


def _extinf_run(facts: MediaFacts, run: list[Piece], tolerance: Fraction) -> Iterator[Finding]:
    drift = low = high = Fraction(0)
    for piece, lasts in _lasting(facts, run):
        said = piece.segment.duration_s
        if said is None:
            continue
        off = lasts - said
        if abs(off) > tolerance:
            yield at(
                facts, piece.segment, f"EXTINF {piece.segment.duration_text}", f"media of {_seconds(lasts)}"
            )
            continue
        drift += off
        low, high = min(low, drift), max(high, drift)
        if high - low > tolerance + ROUNDING_S:
            said_sum = f"EXTINF sums within one frame ({_seconds(tolerance)})"
            yield at(facts, piece.segment, said_sum, f"{_seconds(high - low)} apart up to here")
            return


def _lasting(facts: MediaFacts, run: list[Piece]) -> Iterator[tuple[Piece, Fraction]]:
    """Yield each segment with how long it lasts: an I-frame lasts until the next, the last is unknown."""
    if facts.trick_play:
        for piece, following in pairwise(run):
            yield piece, following.track.start_s - piece.track.start_s
        return
    for piece in run:
        yield piece, piece.track.end_s - piece.track.start_s


def decode_times_run_on(facts: MediaFacts) -> Iterator[Finding]:
    """The decode time of an fMP4 fragment is where the segment before it ends."""
    for piece, decode_gap, _ in _joins(facts):
        if piece.container == "mp4" and decode_gap:
            yield _gap(facts, piece, "decode times that run on", decode_gap)


def media_is_continuous(facts: MediaFacts) -> Iterator[Finding]:
    """There is no gap and no overlap between segments."""
    for piece, decode_gap, gap in _joins(facts):
        if gap and not (piece.container == "mp4" and decode_gap):
            yield _gap(facts, piece, "media that runs on", gap)


def _gap(facts: MediaFacts, piece: Piece, said: str, gap: Fraction) -> Finding:
    kind = "a gap" if gap > 0 else "an overlap"
    found = f"{kind} of {_seconds(abs(gap))} before this segment's {piece.track.kind}"
    return at(facts, piece.segment, said, found)


def _joins(facts: MediaFacts) -> Iterator[tuple[Piece, Fraction, Fraction]]:
    """Yield each segment with its distance from the one before: (decode, presentation), 0 where fine."""
    if facts.trick_play:
        return
    for kind in ("video", "audio"):
        parts = [piece for piece in pieces(facts, kind) if piece.timed]
        tolerance = join_tolerance_s(parts)
        for run in runs(parts):
            for before, piece in pairwise(run):
                decode = piece.track.decode_start_s - before.track.decode_end_s
                shown = piece.track.start_s - before.track.end_s
                yield (
                    piece,
                    decode if abs(decode) > tolerance else Fraction(0),
                    shown if abs(shown) > tolerance else Fraction(0),
                )


def _fixed(presentation: Presentation) -> list[MediaFacts]:
    """Playlists that start at a fixed point, so that their starts can be compared."""
    return [f for f in presentation.media.values() if f.playlist.playlist_type or f.playlist.end_list]


def _first_pieces(presentation: Presentation) -> list[tuple[MediaFacts, Piece]]:
    firsts = []
    for facts in _fixed(presentation):
        parts = pieces(facts, main_kind(facts))
        if parts and parts[0].timed and parts[0].segment.number == 0:
            firsts.append((facts, parts[0]))
    return firsts


def timestamps_match(presentation: Presentation) -> Iterator[Finding]:
    """The same moment has the same timestamp in every playlist: all start together, to one frame."""
    firsts = _first_pieces(presentation)
    for facts, piece in firsts[1:]:
        model_facts, model = firsts[0]
        off = piece.track.start_s - model.track.start_s
        if abs(off) > model.track.frame_s + piece.track.frame_s:
            said = f"a start at {_seconds(model.track.start_s)}, as {model_facts.playlist.uri}"
            yield at(facts, piece.segment, said, _seconds(piece.track.start_s))
    for facts in _fixed(presentation):
        yield from _muxed_start(facts)


def _muxed_start(facts: MediaFacts) -> Iterator[Finding]:
    """Where audio and video share segments, they start together too."""
    video, audio = pieces(facts, "video")[:1], pieces(facts, "audio")[:1]
    if not video or not audio or video[0].segment.number or audio[0].segment.number:
        return
    off = audio[0].track.start_s - video[0].track.start_s
    if abs(off) > video[0].track.frame_s + 2 * audio[0].track.frame_s:
        said = f"audio at {_seconds(video[0].track.start_s)}, as the video"
        yield at(facts, audio[0].segment, said, _seconds(audio[0].track.start_s))


def starts_at_zero(presentation: Presentation) -> Iterator[Finding]:
    """Media in fMP4 presents from time 0; players that do not compensate begin with a hole."""
    for facts, piece in _first_pieces(presentation):
        if piece.container == "mp4" and piece.track.start_s > piece.track.tick_s:
            yield at(facts, piece.segment, "the first frame at 0 s", _seconds(piece.track.start_s))


def same_boundaries(presentation: Presentation) -> Iterator[Finding]:
    """Variants and renditions have segment boundaries at the same points, audio to one frame."""
    model: tuple[MediaFacts, list[Piece]] | None = None
    for facts in _fixed(presentation):
        kind = main_kind(facts)
        parts = pieces(facts, kind)
        if facts.trick_play or kind not in ("video", "audio") or not parts:
            continue
        if model is None:
            model = (facts, parts)
            continue
        tolerance = max(parts[0].track.frame_s, model[1][0].track.frame_s) + ROUNDING_S
        numbered = {piece.segment.number: piece for piece in model[1]}
        for piece in parts:
            theirs = numbered.get(piece.segment.number)
            if theirs and abs(piece.track.start_s - theirs.track.start_s) > tolerance:
                said = f"a boundary at {_seconds(theirs.track.start_s)}, as {model[0].playlist.uri}"
                yield at(facts, piece.segment, said, _seconds(piece.track.start_s))
                break


def _durations(presentation: Presentation) -> Iterator[tuple[MediaFacts, Fraction, MediaFacts]]:
    """Yield each ended playlist, how much longer it is than the first variant, and that variant."""
    ended = [facts for facts in presentation.media.values() if facts.playlist.end_list]
    model = next((facts for facts in ended if "variant" in facts.roles), None)
    for facts in ended:
        if model is not None and facts is not model:
            yield facts, facts.playlist.duration_s - model.playlist.duration_s, model


def _longer(facts: MediaFacts, model: MediaFacts) -> Finding:
    said = f"{_seconds(model.playlist.duration_s)}, as {model.playlist.uri}"
    return Finding(playlist=facts.playlist.uri, said=said, found=_seconds(facts.playlist.duration_s))


def same_duration(presentation: Presentation) -> Iterator[Finding]:
    """All playlists of one asset last equally long."""
    for facts, off, model in _durations(presentation):
        if abs(off) > SAME_DURATION_S and facts.roles != {"subtitles"}:
            yield _longer(facts, model)


def subtitles_cover(presentation: Presentation) -> Iterator[Finding]:
    """Subtitle playlists last as long as the content, even where nobody speaks."""
    for facts, off, model in _durations(presentation):
        if facts.roles == {"subtitles"} and off < -SAME_DURATION_S:
            yield _longer(facts, model)


def duration_to_the_frame(presentation: Presentation) -> Iterator[Finding]:
    """All playlists of one asset last equally long, to one frame."""
    for facts, off, model in _durations(presentation):
        kind = main_kind(facts)
        own = pieces(facts, kind)[:1]
        frame = (own[0].track.frame_s if own else Fraction(0)) + (video_frame_s(presentation) or Fraction(0))
        slack = frame + ROUNDING_S * len(facts.playlist.segments)
        if own and slack < abs(off) <= SAME_DURATION_S:
            yield _longer(facts, model)


FACTS_RULES: tuple[Rule[MediaFacts], ...] = (
    Rule(
        id="apple.7.1-continuous",
        text="Media is continuous across segments, except at discontinuities.",
        check=media_is_continuous,
    ),
    Rule(
        id="apple.7.3-decode-time",
        text="The decode time of a track fragment is where the segment before it ends.",
        check=decode_times_run_on,
    ),
)

RULES: tuple[Rule[Presentation], ...] = (
    Rule(
        id="rfc8216bis.6.2.4-matching-timestamps",
        text="Matching content has matching timestamps in all variants and renditions.",
        check=timestamps_match,
    ),
    Rule(
        id="apple.5.5-subtitles-cover",
        text="A subtitle playlist exists for the entirety of the content.",
        check=subtitles_cover,
    ),
    Rule(
        id="apple.8.1-extinf",
        text="EXTINF durations, alone and summed, are within one frame of the media.",
        check=extinf_accurate,
    ),
    Rule(
        id="apple.8.7-duration",
        text="All media playlists of one asset cover the same time range.",
        check=same_duration,
    ),
    Rule(
        id="apple.8.22-boundaries",
        text="Variants and renditions have segment boundaries at the same points.",
        check=same_boundaries,
        level="should",
    ),
    Rule(
        id="codek7.duration-frame",
        text="All media playlists of one asset last equally long to one frame.",
        check=duration_to_the_frame,
        level="should",
    ),
    Rule(
        id="codek7.start-at-zero",
        text="Media in fMP4 presents from time 0.",
        check=starts_at_zero,
        level="should",
    ),
)
