"""Trick play: playlists of I-frames (RFC 8216bis section 4.4.3.6, Apple section 6)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from codek7.check.report import Finding, Rule
from codek7.check.rules_segments import at
from codek7.check.walk import MediaFacts

DENSE_S = Fraction(1)


def says_i_frames_only(facts: MediaFacts) -> Iterator[Finding]:
    """A playlist that EXT-X-I-FRAME-STREAM-INF names has EXT-X-I-FRAMES-ONLY."""
    if "i-frames" in facts.roles and not facts.playlist.i_frames_only:
        yield Finding(playlist=facts.playlist.uri, said="#EXT-X-I-FRAMES-ONLY", found="none")


def only_for_trick_play(facts: MediaFacts) -> Iterator[Finding]:
    """A playlist with EXT-X-I-FRAMES-ONLY is not a normal variant or rendition."""
    tag = facts.playlist.tag("EXT-X-I-FRAMES-ONLY")
    if tag and "i-frames" not in facts.roles:
        found = "named as " + " and ".join(sorted(facts.roles))
        yield Finding(
            playlist=facts.playlist.uri, line=tag.line, said="named by #EXT-X-I-FRAME-STREAM-INF", found=found
        )


def one_i_frame_each(facts: MediaFacts) -> Iterator[Finding]:
    """Each segment is exactly one picture that decodes alone."""
    if not facts.playlist.i_frames_only:
        return
    for read in facts.reads:
        video = read.media.track("video")
        if video is None:
            if read.media.tracks:
                yield at(facts, read.segment, "one I-frame", "no video")
        elif video.damaged:
            yield at(facts, read.segment, "one whole I-frame", "a frame that is cut off")
        elif video.packets != 1:
            yield at(facts, read.segment, "one I-frame", f"{video.packets} frames")
        elif video.starts == "none":
            yield at(facts, read.segment, "one I-frame", "a frame that is no I-frame")


def ends_with_the_frame(facts: MediaFacts) -> Iterator[Finding]:
    """A range of an fMP4 resource ends where its I-frame does; more is fetched for nothing."""
    if not facts.playlist.i_frames_only:
        return
    for read in facts.reads:
        video = read.media.track("video")
        if read.container != "mp4" or video is None or video.last_byte is None or video.packets != 1:
            continue
        extra = read.lead_bytes + read.size_bytes - video.last_byte
        if extra > 0 and not video.damaged:
            yield at(facts, read.segment, "a range that ends with its I-frame", f"{extra} bytes after it")


def includes_moof(facts: MediaFacts) -> Iterator[Finding]:
    """fMP4 I-frame segments include the moof of their frame."""
    if not facts.playlist.i_frames_only:
        return
    for read in facts.reads:
        if read.fragments and "moof" not in read.fragments.types:
            found = read.fragments.first or "none"
            yield at(facts, read.segment, "a moof before the I-frame", found)


def one_a_second(facts: MediaFacts) -> Iterator[Finding]:
    """Trick play is best with an I-frame a second."""
    playlist = facts.playlist
    if playlist.i_frames_only and playlist.segments:
        mean = playlist.duration_s / len(playlist.segments)
        if mean > DENSE_S + Fraction(1, 20):
            found = f"one every {float(mean):.3f} s"
            yield Finding(playlist=playlist.uri, said="an I-frame every second", found=found)


RULES: tuple[Rule[MediaFacts], ...] = (
    Rule(
        id="rfc8216bis.4.4.3.6-one-i-frame",
        text="Each segment of an I-frame playlist is exactly one I-frame.",
        check=one_i_frame_each,
    ),
    Rule(
        id="rfc8216bis.4.4.6.3-i-frames-elsewhere",
        text="A playlist with EXT-X-I-FRAMES-ONLY is named by EXT-X-I-FRAME-STREAM-INF.",
        check=only_for_trick_play,
    ),
    Rule(
        id="codek7.i-frame-range",
        text="The byte range of an I-frame ends with the frame.",
        check=ends_with_the_frame,
        level="should",
    ),
    Rule(id="apple.6.2-dense", text="There is an I-frame a second.", check=one_a_second, level="should"),
    Rule(
        id="apple.6.8-i-frames-only",
        text="I-frame playlists have EXT-X-I-FRAMES-ONLY.",
        check=says_i_frames_only,
    ),
    Rule(id="apple.6.10-moof", text="fMP4 I-frame segments include the moof.", check=includes_moof),
)
