"""What a media playlist's own text must agree on (RFC 8216bis section 4.4.3 to 4.4.5)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from codek7.check.playlist import MediaPlaylist, Segment, Tag, decimal
from codek7.check.report import Finding, Rule

NOMINAL_TARGET_S = 6
FEWEST_LIVE_SEGMENTS = 6
_METHODS = ("NONE", "AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR")


def _at(playlist: MediaPlaylist, line: int | None, said: str, found: str, spot: str = "") -> Finding:
    return Finding(playlist=playlist.uri, line=line, said=said, found=found, spot=spot)


def is_live(playlist: MediaPlaylist) -> bool:
    """A playlist whose old segments may go: no end and no type. EVENT grows, VOD and ended stand still."""
    return not playlist.end_list and playlist.playlist_type is None


def target_duration_present(playlist: MediaPlaylist) -> Iterator[Finding]:
    """EXT-X-TARGETDURATION is required."""
    if playlist.tag("EXT-X-TARGETDURATION") is None:
        yield _at(playlist, None, "#EXT-X-TARGETDURATION", "none")


def extinf_within_target(playlist: MediaPlaylist) -> Iterator[Finding]:
    """Each EXTINF, rounded to the nearest integer, is at most the target duration."""
    if playlist.target_duration_s is None:
        return
    for segment in playlist.segments:
        if segment.duration_s is not None:
            rounded = math.floor(segment.duration_s + 0.5)
            if rounded > playlist.target_duration_s:
                said = f"EXTINF at most EXT-X-TARGETDURATION {playlist.target_duration_s}"
                yield _at(playlist, segment.line, said, segment.duration_text, f"segment {segment.number}")


def sequence_tags_first(playlist: MediaPlaylist) -> Iterator[Finding]:
    """The sequence tags stand before the first segment, and before any EXT-X-DISCONTINUITY."""
    first = min((s.line for s in playlist.segments), default=None)
    breaks = playlist.tag("EXT-X-DISCONTINUITY")
    for name in ("EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE"):
        tag = playlist.tag(name)
        if tag is None:
            continue
        if first is not None and tag.line > first:
            yield _at(playlist, tag.line, f"#{name} before the first segment", f"after line {first}")
        elif name.startswith("EXT-X-DISC") and breaks and tag.line > breaks.line:
            yield _at(playlist, tag.line, f"#{name} before #EXT-X-DISCONTINUITY", f"after line {breaks.line}")


def playlist_type_known(playlist: MediaPlaylist) -> Iterator[Finding]:
    """EXT-X-PLAYLIST-TYPE is EVENT or VOD."""
    tag = playlist.tag("EXT-X-PLAYLIST-TYPE")
    if tag and tag.value not in ("EVENT", "VOD"):
        yield _at(playlist, tag.line, "EVENT or VOD", tag.value or "nothing")


def vod_ends(playlist: MediaPlaylist) -> Iterator[Finding]:
    """A VOD playlist cannot change, so its end must be said: without it clients reload for more."""
    if playlist.playlist_type == "VOD" and not playlist.end_list:
        tag = playlist.tag("EXT-X-PLAYLIST-TYPE")
        yield _at(playlist, tag.line if tag else None, "#EXT-X-ENDLIST in a VOD playlist", "none")


def static_says_vod(playlist: MediaPlaylist) -> Iterator[Finding]:
    """A playlist that has ended says VOD (or EVENT, if it grew from a fixed start)."""
    tag = playlist.tag("EXT-X-ENDLIST")
    if tag and playlist.playlist_type is None:
        yield _at(playlist, tag.line, "#EXT-X-PLAYLIST-TYPE:VOD with #EXT-X-ENDLIST", "no type")


def has_segments(playlist: MediaPlaylist) -> Iterator[Finding]:
    """An ended playlist has something to play."""
    if playlist.end_list and not playlist.segments:
        yield _at(playlist, None, "a segment before #EXT-X-ENDLIST", "none")


def keys_complete(playlist: MediaPlaylist) -> Iterator[Finding]:
    """A key has a URI unless its METHOD is NONE, and then it has nothing else."""
    for tag in playlist.named("EXT-X-KEY"):
        if tag.text("METHOD") == "NONE":
            others = sorted(tag.attributes.keys() - {"METHOD"})
            if others:
                yield _at(playlist, tag.line, "no other attribute with METHOD=NONE", ", ".join(others))
        elif "METHOD" in tag.attributes and "URI" not in tag.attributes:
            yield _at(playlist, tag.line, "URI with a METHOD other than NONE", "no URI")


def key_method_known(playlist: MediaPlaylist) -> Iterator[Finding]:
    """The METHOD of a key is one that is defined; clients cannot play others."""
    for tag in playlist.named("EXT-X-KEY"):
        method = tag.text("METHOD")
        if method is not None and method not in _METHODS:
            yield _at(playlist, tag.line, f"one of {', '.join(_METHODS)}", method)


def parts_within_target(playlist: MediaPlaylist) -> Iterator[Finding]:
    """Parts need EXT-X-PART-INF, and none is longer than its PART-TARGET."""
    info = playlist.tag("EXT-X-PART-INF")
    target = decimal(info.text("PART-TARGET")) if info else None
    for tag in playlist.named("EXT-X-PART"):
        duration = decimal(tag.text("DURATION"))
        if info is None:
            yield _at(playlist, tag.line, "#EXT-X-PART-INF with #EXT-X-PART", "none")
            return
        if target is not None and duration is not None and duration > target:
            yield _at(
                playlist,
                tag.line,
                f"DURATION at most PART-TARGET {float(target)}",
                tag.text("DURATION") or "",
            )


def _too_short(tag: Tag, name: str, least: float, what: str) -> tuple[str, str] | None:
    value = decimal(tag.text(name))
    if value is None or value >= least:
        return None
    return f"{name} at least {what}, {least:g}", tag.text(name) or ""


def server_control_consistent(playlist: MediaPlaylist) -> Iterator[Finding]:
    """Hold-backs and skip limits are long enough, and come with what they depend on."""
    tag, info = playlist.tag("EXT-X-SERVER-CONTROL"), playlist.tag("EXT-X-PART-INF")
    part = decimal(info.text("PART-TARGET")) if info else None
    if tag is None or not tag.text("PART-HOLD-BACK"):
        if info:
            yield _at(playlist, info.line, "PART-HOLD-BACK with #EXT-X-PART-INF", "none")
        if tag is None:
            return
    if tag.flag("CAN-SKIP-DATERANGES") and "CAN-SKIP-UNTIL" not in tag.attributes:
        yield _at(playlist, tag.line, "CAN-SKIP-UNTIL with CAN-SKIP-DATERANGES", "none")
    target = playlist.target_duration_s or 0
    for said in (
        _too_short(tag, "CAN-SKIP-UNTIL", 6 * target, "six target durations"),
        _too_short(tag, "HOLD-BACK", 3 * target, "three target durations"),
        _too_short(tag, "PART-HOLD-BACK", float(2 * (part or 0)), "two PART-TARGETs"),
    ):
        if said:
            yield _at(playlist, tag.line, said[0], said[1])


def no_hint_after_end(playlist: MediaPlaylist) -> Iterator[Finding]:
    """An ended playlist has no EXT-X-PRELOAD-HINT."""
    tag = playlist.tag("EXT-X-PRELOAD-HINT")
    if tag and playlist.end_list:
        yield _at(playlist, tag.line, "no #EXT-X-PRELOAD-HINT with #EXT-X-ENDLIST", "one")


def date_ranges_consistent(playlist: MediaPlaylist) -> Iterator[Finding]:
    """Date ranges need a date in the playlist, and END-ON-NEXT a CLASS and no other end."""
    for tag in playlist.named("EXT-X-DATERANGE"):
        if playlist.tag("EXT-X-PROGRAM-DATE-TIME") is None:
            yield _at(playlist, tag.line, "#EXT-X-PROGRAM-DATE-TIME with #EXT-X-DATERANGE", "none")
            return
        if tag.flag("END-ON-NEXT"):
            if "CLASS" not in tag.attributes:
                yield _at(playlist, tag.line, "CLASS with END-ON-NEXT", "none")
            others = sorted(tag.attributes.keys() & {"DURATION", "END-DATE"})
            if others:
                yield _at(playlist, tag.line, "no other end with END-ON-NEXT", ", ".join(others))


def start_inside(playlist: MediaPlaylist) -> Iterator[Finding]:
    """EXT-X-START points into the playlist."""
    tag = playlist.tag("EXT-X-START")
    offset = decimal((tag.text("TIME-OFFSET") or "").removeprefix("-")) if tag else None
    if tag and offset is not None and offset > playlist.duration_s:
        said = f"TIME-OFFSET within {float(playlist.duration_s):g} s"
        yield _at(playlist, tag.line, said, tag.text("TIME-OFFSET") or "")


def target_is_nominal(playlist: MediaPlaylist) -> Iterator[Finding]:
    """Apple asks for a target duration of 6 seconds."""
    tag = playlist.tag("EXT-X-TARGETDURATION")
    if tag and playlist.target_duration_s not in (None, NOMINAL_TARGET_S):
        yield _at(playlist, tag.line, f"#EXT-X-TARGETDURATION:{NOMINAL_TARGET_S}", tag.value)


def live_has_dates(playlist: MediaPlaylist) -> Iterator[Finding]:
    """A live playlist has EXT-X-PROGRAM-DATE-TIME."""
    if is_live(playlist) and playlist.segments and playlist.tag("EXT-X-PROGRAM-DATE-TIME") is None:
        yield _at(playlist, None, "#EXT-X-PROGRAM-DATE-TIME in a live playlist", "none")


def live_has_segments(playlist: MediaPlaylist) -> Iterator[Finding]:
    """A live playlist has at least six segments."""
    if is_live(playlist) and len(playlist.segments) < FEWEST_LIVE_SEGMENTS:
        said = f"at least {FEWEST_LIVE_SEGMENTS} segments in a live playlist"
        yield _at(playlist, None, said, str(len(playlist.segments)))


def ranges_in_order(playlist: MediaPlaylist) -> Iterator[Finding]:
    """Two segments of one playlist do not share bytes; one that does plays something twice."""
    ends: dict[str, Segment] = {}
    for segment in playlist.segments:
        if segment.byte_range is None:
            continue
        before = ends.get(segment.uri)
        if before and before.byte_range and before.byte_range.end > segment.byte_range.offset:
            yield _at(
                playlist,
                segment.line,
                f"a range after byte {before.byte_range.end}, where segment {before.number} ends",
                f"offset {segment.byte_range.offset}",
                f"segment {segment.number}",
            )
        ends[segment.uri] = segment


RULES: tuple[Rule[MediaPlaylist], ...] = (
    Rule(
        id="rfc8216bis.4.4.3.1-target-duration",
        text="A media playlist has EXT-X-TARGETDURATION.",
        check=target_duration_present,
    ),
    Rule(
        id="rfc8216bis.4.4.3.1-extinf-over-target",
        text="Each EXTINF, rounded to the nearest integer, is at most EXT-X-TARGETDURATION.",
        check=extinf_within_target,
    ),
    Rule(
        id="rfc8216bis.4.4.3.2-sequence-first",
        text="The sequence tags stand before the first segment and before any discontinuity.",
        check=sequence_tags_first,
    ),
    Rule(
        id="rfc8216bis.4.4.3.5-playlist-type",
        text="EXT-X-PLAYLIST-TYPE is EVENT or VOD.",
        check=playlist_type_known,
    ),
    Rule(
        id="rfc8216bis.4.4.3.5-vod-unended",
        text="A VOD playlist, which cannot change, has EXT-X-ENDLIST.",
        check=vod_ends,
    ),
    Rule(
        id="rfc8216bis.4.4.3.8-server-control",
        text="Hold-backs and skip limits are long enough and complete.",
        check=server_control_consistent,
    ),
    Rule(
        id="rfc8216bis.4.4.4.4-key",
        text="A key has a URI, unless its METHOD is NONE: then it has nothing else.",
        check=keys_complete,
    ),
    Rule(
        id="rfc8216bis.4.4.4.4-key-method",
        text="The METHOD of a key is one that is defined.",
        check=key_method_known,
        level="should",
    ),
    Rule(
        id="rfc8216bis.4.4.4.9-part",
        text="Parts come with EXT-X-PART-INF, and none is longer than PART-TARGET.",
        check=parts_within_target,
    ),
    Rule(
        id="rfc8216bis.4.4.5.1-date-range",
        text="Date ranges come with a program date, and END-ON-NEXT with a CLASS and no other end.",
        check=date_ranges_consistent,
    ),
    Rule(
        id="rfc8216bis.4.4.5.3-hint-after-end",
        text="A playlist with EXT-X-ENDLIST has no EXT-X-PRELOAD-HINT.",
        check=no_hint_after_end,
    ),
    Rule(
        id="rfc8216bis.4.4.2.2-start-inside",
        text="EXT-X-START points into the playlist.",
        check=start_inside,
        level="should",
    ),
    Rule(
        id="apple.7.5-target-duration",
        text="Target durations are 6 s.",
        check=target_is_nominal,
        level="should",
    ),
    Rule(
        id="apple.8.4-live-date-time",
        text="A live playlist has EXT-X-PROGRAM-DATE-TIME.",
        check=live_has_dates,
    ),
    Rule(
        id="apple.8.6-playlist-type",
        text="A playlist made from static content says EXT-X-PLAYLIST-TYPE:VOD.",
        check=static_says_vod,
    ),
    Rule(
        id="apple.8.11-live-segments",
        text="A live playlist has at least six segments.",
        check=live_has_segments,
    ),
    Rule(id="codek7.no-segments", text="An ended playlist has segments.", check=has_segments),
    Rule(
        id="codek7.range-overlap",
        text="The byte ranges of two segments do not overlap.",
        check=ranges_in_order,
        level="should",
    ),
)
