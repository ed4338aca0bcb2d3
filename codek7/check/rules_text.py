"""Subtitles in WebVTT (RFC 8216bis section 3.1.4, Apple section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from codek7.check.report import Finding, Rule
from codek7.check.rules_segments import at
from codek7.check.timeline import main_kind, pieces
from codek7.check.walk import MediaFacts, Presentation

CUE_SLACK_S = Fraction(1, 2)


def is_text(facts: MediaFacts) -> Iterator[Finding]:
    """Subtitle segments are WebVTT with its header, or text in fMP4."""
    if facts.roles != {"subtitles"}:
        return
    for read in facts.reads:
        if read.webvtt is not None:
            if not read.webvtt.header:
                yield at(facts, read.segment, "WEBVTT alone on the first line", "something after it")
        elif read.size_bytes and read.container not in ("encrypted", "mp4"):
            yield at(facts, read.segment, "a WEBVTT header", f"{read.container} bytes")


def map_present(facts: MediaFacts) -> Iterator[Finding]:
    """A WebVTT segment has X-TIMESTAMP-MAP."""
    for read in facts.reads:
        if read.webvtt and read.webvtt.map_s is None and read.webvtt.bad_map is None:
            yield at(facts, read.segment, "X-TIMESTAMP-MAP", "none")


def map_readable(facts: MediaFacts) -> Iterator[Finding]:
    """X-TIMESTAMP-MAP has LOCAL and MPEGTS, as the section writes them."""
    for read in facts.reads:
        if read.webvtt and read.webvtt.bad_map is not None:
            said = "X-TIMESTAMP-MAP=LOCAL:<cue time>,MPEGTS:<90 kHz time>"
            yield at(facts, read.segment, said, read.webvtt.bad_map)


def cues_readable(facts: MediaFacts) -> Iterator[Finding]:
    """Cue timings can be read, and cues end after they start."""
    for read in facts.reads:
        if read.webvtt is None:
            continue
        for line in read.webvtt.bad_cues:
            yield at(facts, read.segment, "hh:mm:ss.ttt --> hh:mm:ss.ttt", line)
        for start, end in read.webvtt.cues:
            if end <= start:
                found = f"{float(start):.3f} s --> {float(end):.3f} s"
                yield at(facts, read.segment, "a cue that ends after it starts", found)


def _origin_s(presentation: Presentation) -> Fraction:
    """The media time at which the presentation starts, 0 where nothing else was read."""
    for facts in presentation.media.values():
        if "variant" in facts.roles:
            first = pieces(facts, main_kind(facts))[:1]
            if first:
                return first[0].track.start_s - first[0].segment.start_s
    return Fraction(0)


def _placed(presentation: Presentation) -> Iterator[tuple[MediaFacts, int, Fraction, Fraction]]:
    """Yield `(playlist, segment number, start, end)` of each cue, in the playlist's time."""
    origin = _origin_s(presentation)
    for facts in presentation.media.values():
        for read in facts.reads:
            if read.webvtt:
                shift = (read.webvtt.map_s or Fraction(0)) - origin
                for start, end in read.webvtt.cues:
                    yield facts, read.segment.number, start + shift, end + shift


def cues_in_presentation(presentation: Presentation) -> Iterator[Finding]:
    """Every cue, mapped to the media's clock, shows while the presentation plays."""
    for facts, number, start, end in _placed(presentation):
        whole = facts.playlist.duration_s
        if not facts.playlist.end_list:
            continue
        if end <= 0 or start >= whole + CUE_SLACK_S:
            said = f"a cue between 0 and {float(whole):.3f} s"
            found = f"{float(start):.3f} s to {float(end):.3f} s"
            yield at(facts, facts.playlist.segments[number], said, found)


def cues_in_segment(presentation: Presentation) -> Iterator[Finding]:
    """A cue stands in the segments whose period it shows in."""
    for facts, number, start, end in _placed(presentation):
        segment = facts.playlist.segments[number]
        begin, whole = segment.start_s, facts.playlist.duration_s
        until = begin + (segment.duration_s or 0)
        outside = end <= 0 or start >= whole + CUE_SLACK_S
        if not outside and (end <= begin - CUE_SLACK_S or start >= until + CUE_SLACK_S):
            said = f"a cue that shows between {float(begin):.3f} and {float(until):.3f} s"
            yield at(facts, segment, said, f"{float(start):.3f} s to {float(end):.3f} s")


FACTS_RULES: tuple[Rule[MediaFacts], ...] = (
    Rule(
        id="rfc8216bis.3.1.4-header",
        text="A WebVTT segment starts with a WEBVTT header.",
        check=is_text,
    ),
    # Apple 5.3 asks for the map "according to the HLS specification", which says SHOULD.
    Rule(
        id="rfc8216bis.3.1.4-timestamp-map",
        text="A WebVTT segment has X-TIMESTAMP-MAP.",
        check=map_present,
        level="should",
    ),
    Rule(
        id="rfc8216bis.3.1.4-timestamp-map-syntax",
        text="X-TIMESTAMP-MAP has LOCAL and MPEGTS.",
        check=map_readable,
    ),
    Rule(
        id="rfc8216bis.3.1.4-cue-timing",
        text="Cue timings can be read, and cues end after they start.",
        check=cues_readable,
    ),
)

RULES: tuple[Rule[Presentation], ...] = (
    Rule(
        id="rfc8216bis.3.1.4-cue-range",
        text="Every cue, mapped to the media's clock, shows while the presentation plays.",
        check=cues_in_presentation,
    ),
    Rule(
        id="codek7.cue-outside-segment",
        text="A cue stands in a segment during which it shows.",
        check=cues_in_segment,
        level="should",
    ),
)
