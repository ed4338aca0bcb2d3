"""What each segment must hold, by its bytes (RFC 8216bis section 3, Apple sections 2, 7 and 8)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from codek7.check.media import Track
from codek7.check.playlist import Segment
from codek7.check.report import Finding, Rule
from codek7.check.walk import MediaFacts, SegmentRead

TARGET_SLACK_S = Fraction(1, 2)
KEY_INTERVAL_S = Fraction(2)
_MEDIA = ("mp4", "mpegts", "aac", "mp3", "ac3", "eac3")
_PACKED = ("aac", "mp3", "ac3", "eac3")


def at(facts: MediaFacts, segment: Segment, said: str, found: str) -> Finding:
    """Make a finding about one segment, named with its time in the playlist."""
    spot = f"segment {segment.number} at {float(segment.start_s):.3f} s"
    return Finding(playlist=facts.playlist.uri, line=segment.line, spot=spot, said=said, found=found)


def _named(segment: Segment) -> str:
    span = segment.byte_range
    return f"{segment.uri} bytes {span.offset}-{span.end - 1}" if span else segment.uri


def _samples(facts: MediaFacts) -> Iterator[SegmentRead]:
    """Segments of sound and pictures that were read, trick play left out."""
    if not facts.trick_play:
        yield from (read for read in facts.reads if read.media.tracks)


def segments_readable(facts: MediaFacts) -> Iterator[Finding]:
    """Every segment and initialization section is there and not empty."""
    for read in facts.reads:
        if read.problem:
            yield at(facts, read.segment, _named(read.segment), read.problem)
        elif not read.size_bytes and not read.missing_bytes and read.container not in ("gap", "unread"):
            yield at(facts, read.segment, _named(read.segment), "no bytes")
    for init in facts.inits:
        if init.problem:
            yield Finding(
                playlist=facts.playlist.uri,
                line=init.map.line,
                said=f"EXT-X-MAP {init.map.uri}",
                found=init.problem,
            )


def ranges_inside(facts: MediaFacts) -> Iterator[Finding]:
    """A byte range ends where its resource does, or before."""
    for read in facts.reads:
        if read.missing_bytes:
            yield at(facts, read.segment, _named(read.segment), f"{read.missing_bytes} bytes fewer")


def formats_known(facts: MediaFacts) -> Iterator[Finding]:
    """A segment is in a format that HLS supports, and can be read as it."""
    for read in facts.reads:
        if read.container == "unknown" and read.size_bytes:
            yield at(facts, read.segment, "fMP4, MPEG-TS, packed audio or WebVTT", "none of them")
        elif read.media.problem:
            yield at(facts, read.segment, f"a readable {read.container} segment", read.media.problem)
        elif read.container in _MEDIA and not read.media.tracks and not read.missing_bytes:
            yield at(facts, read.segment, f"media in a {read.container} segment", "none")


def packets_whole(facts: MediaFacts) -> Iterator[Finding]:
    """No frame is cut off or marked damaged."""
    for read in facts.reads:
        damaged = sum(track.damaged for track in read.media.tracks)
        if damaged and not read.missing_bytes:
            yield at(facts, read.segment, "whole frames", f"{damaged} damaged or cut off")


def maps_present(facts: MediaFacts) -> Iterator[Finding]:
    """fMP4 segments have an EXT-X-MAP."""
    for read in facts.reads:
        if read.container == "mp4" and read.segment.map is None:
            yield at(facts, read.segment, "#EXT-X-MAP before an fMP4 segment", "none")


def sections_sound(facts: MediaFacts) -> Iterator[Finding]:
    """An fMP4 initialization section has a movie header that announces fragments."""
    for init in facts.inits:
        mp4 = any(r.container == "mp4" and r.segment.map == init.map for r in facts.reads)
        if init.problem or not mp4:
            continue
        found = ""
        if not {"ftyp", "moov"} <= init.fragments.types:
            found = ", ".join(sorted(init.fragments.types)) or "no boxes"
        elif not init.fragments.movie_extends:
            found = "moov without mvex"
        if found:
            said = "an initialization section: ftyp, and moov with mvex"
            yield Finding(playlist=facts.playlist.uri, line=init.map.line, said=said, found=found)


def fragments_sound(facts: MediaFacts) -> Iterator[Finding]:
    """An fMP4 segment is movie fragments with decode times and fragment-relative offsets."""
    for read in facts.reads:
        boxes = read.fragments
        if boxes is None or (facts.trick_play and "moof" not in boxes.types):  # which has a rule of its own
            continue
        if "moof" not in boxes.types:
            yield at(facts, read.segment, "a moof in an fMP4 segment", ", ".join(sorted(boxes.types)))
        elif not boxes.tfdt:
            yield at(facts, read.segment, "a tfdt in every traf", "a traf without")
        elif not boxes.moof_relative:
            yield at(facts, read.segment, "movie-fragment-relative addressing", "a traf without")
        elif boxes.whole_bytes < read.size_bytes and not facts.trick_play:
            found = f"{read.size_bytes - boxes.whole_bytes} bytes of something else at its end"
            yield at(facts, read.segment, "whole boxes", found)


def tables_present(facts: MediaFacts) -> Iterator[Finding]:
    """A transport stream segment has a PAT and PMT, or an EXT-X-MAP; I-frames borrow their resource's."""
    if facts.trick_play:
        return
    for read in facts.reads:
        if read.transport and not read.transport.tables and read.segment.map is None:
            yield at(facts, read.segment, "a PAT in the segment, or #EXT-X-MAP", "neither")


def counters_run_on(facts: MediaFacts) -> Iterator[Finding]:
    """Continuity counters are sequential, inside a segment and from one to the next."""
    if facts.trick_play:
        return
    before: dict[int, int] | None = None
    for read in facts.reads:
        if read.transport is None:
            before = None
            continue
        skips = set(read.transport.breaks)
        if before is not None and not read.segment.discontinuity:
            for pid, counter in read.transport.first_counters.items():
                if pid in before and counter not in ((before[pid] + 1) & 15, before[pid]):
                    skips.add(pid)
        if skips:
            found = ", ".join(f"{pid:#06x}" for pid in sorted(skips))
            yield at(facts, read.segment, "sequential continuity counters", f"they skip on PID {found}")
        before = read.transport.last_counters


def packed_audio_timed(facts: MediaFacts) -> Iterator[Finding]:
    """A packed audio segment starts with an ID3 PRIV frame that times its first sample."""
    for read in facts.reads:
        if read.container in _PACKED and read.packed_timestamp is None:
            yield at(facts, read.segment, "an ID3 transportStreamTimestamp", "none")


def starts_with_idr(facts: MediaFacts) -> Iterator[Finding]:
    """Video segments start with an IDR."""
    for read in _samples(facts):
        video = read.media.track("video")
        if video and video.starts != "idr":
            found = "a picture marked as key that is no IDR" if video.starts == "key" else "no key picture"
            yield at(facts, read.segment, "an IDR first", found)


def idr_every_two_seconds(facts: MediaFacts) -> Iterator[Finding]:
    """IDRs come at least every two seconds."""
    for read in _samples(facts):
        video = read.media.track("video")
        if video is None or not video.keys_s:
            continue
        places = (*sorted(video.keys_s), video.end_s)
        longest = max(later - sooner for sooner, later in pairwise(places))
        if longest > KEY_INTERVAL_S + video.frame_s:
            yield at(
                facts, read.segment, f"an IDR every {KEY_INTERVAL_S} s", f"{float(longest):.3f} s without"
            )


def within_target(facts: MediaFacts) -> Iterator[Finding]:
    """No segment lasts longer than the target duration by more than half a second."""
    target = facts.playlist.target_duration_s
    if target is None:
        return
    for read in _samples(facts):
        track = read.media.track("video") or read.media.tracks[0]
        lasts = track.end_s - track.start_s
        if lasts > target + TARGET_SLACK_S:
            said = f"media of at most {target} s + {float(TARGET_SLACK_S)} s"
            yield at(facts, read.segment, said, f"{float(lasts):.3f} s")


def one_audio_stream(facts: MediaFacts) -> Iterator[Finding]:
    """A segment holds one audio stream at most."""
    for read in _samples(facts):
        sounds = sum(track.kind == "audio" for track in read.media.tracks)
        if sounds > 1:
            yield at(facts, read.segment, "one audio stream in a segment", str(sounds))


def _identity(track: Track) -> tuple[str, str | None]:
    return track.kind, track.codec


def changes_are_announced(facts: MediaFacts) -> Iterator[Finding]:
    """Container, tracks and codecs stay the same unless EXT-X-DISCONTINUITY stands before the change."""
    before: SegmentRead | None = None
    for read in facts.reads:
        if not read.media.tracks:
            continue
        if before is not None and not read.segment.discontinuity:
            said = sorted(f"{kind} {codec}" for kind, codec in map(_identity, before.media.tracks))
            found = sorted(f"{kind} {codec}" for kind, codec in map(_identity, read.media.tracks))
            said, found = [before.container, *said], [read.container, *found]
            if said != found and not facts.trick_play:
                yield at(facts, read.segment, f"{', '.join(said)}, or #EXT-X-DISCONTINUITY", ", ".join(found))
        before = read


def encrypted_not_read(facts: MediaFacts) -> Iterator[Finding]:
    """Encrypted segments are counted, not read: rules about their media were not applied."""
    encrypted = [read for read in facts.reads if read.container == "encrypted"]
    if encrypted:
        found = f"{len(encrypted)} encrypted segments, whose media was not read"
        yield at(facts, encrypted[0].segment, ", ".join(encrypted[0].segment.key_methods), found)


RULES: tuple[Rule[MediaFacts], ...] = (
    Rule(
        id="codek7.unreadable",
        text="Every segment and section that is named can be read.",
        check=segments_readable,
    ),
    Rule(id="codek7.damaged", text="No frame in a segment is cut off or damaged.", check=packets_whole),
    Rule(
        id="codek7.encrypted",
        text="Encrypted segments are not read; rules about their media do not apply.",
        check=encrypted_not_read,
        level="should",
    ),
    Rule(
        id="rfc8216bis.3.1-format",
        text="A segment is fMP4, MPEG-TS, packed audio or WebVTT, and can be read as such.",
        check=formats_known,
    ),
    Rule(
        id="rfc8216bis.3.1.1-tables",
        text="A transport stream segment holds a PAT and PMT, or has an EXT-X-MAP.",
        check=tables_present,
    ),
    Rule(
        id="rfc8216bis.3.1.2-section",
        text="An fMP4 initialization section holds ftyp, and moov with mvex.",
        check=sections_sound,
    ),
    Rule(
        id="rfc8216bis.3.1.2-fragments",
        text="An fMP4 segment is movie fragments with tfdt and fragment-relative addressing.",
        check=fragments_sound,
    ),
    Rule(
        id="rfc8216bis.3.1.3-timestamp",
        text="A packed audio segment starts with the ID3 timestamp of its first sample.",
        check=packed_audio_timed,
    ),
    Rule(
        id="rfc8216bis.4.4.4.2-range-end",
        text="A byte range does not reach beyond the end of its resource.",
        check=ranges_inside,
    ),
    Rule(
        id="rfc8216bis.4.4.4.3-discontinuity",
        text="A change of container, tracks or codec has EXT-X-DISCONTINUITY before it.",
        check=changes_are_announced,
    ),
    Rule(
        id="apple.1.13-idr-interval",
        text="IDRs come every two seconds.",
        check=idr_every_two_seconds,
        level="should",
    ),
    Rule(
        id="apple.2.17-audio-streams",
        text="A media segment does not contain several audio streams.",
        check=one_audio_stream,
    ),
    Rule(
        id="apple.7.2-continuity-counters",
        text="Continuity counters of a transport stream are sequential.",
        check=counters_run_on,
    ),
    Rule(id="apple.7.4-idr-start", text="Video segments start with an IDR.", check=starts_with_idr),
    Rule(
        id="apple.7.7-segment-duration",
        text="Media segments do not exceed the target duration by more than 0.5 s.",
        check=within_target,
    ),
    Rule(id="apple.8.20-map", text="fMP4 segments have EXT-X-MAP.", check=maps_present),
)
