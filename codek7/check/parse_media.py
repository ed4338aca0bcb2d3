"""From the lines of a media playlist to its segments (RFC 8216bis sections 4.4.3 and 4.4.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

import msgspec

from codek7.check.playlist import (
    ByteRange,
    Map,
    MediaPlaylist,
    Playlist,
    Problem,
    Segment,
    Tag,
    decimal,
    whole,
)

SEGMENT_TAG = "rfc8216bis.4.4-tag-value"
EXTINF_MISSING = "rfc8216bis.4.4.4.1-extinf-missing"
URI_MISSING = "rfc8216bis.4.4.4.1-uri-missing"
RANGE_OFFSET = "rfc8216bis.4.4.4.2-range-offset"
DATE_TIME = "rfc8216bis.4.4.4.6-date-time"

_RANGE = re.compile(r"([0-9]{1,20})(?:@([0-9]{1,20}))?")
_EXTINF = re.compile(r"([0-9.]+),(.*)")


class _Pending(msgspec.Struct, kw_only=True):
    """The tags read since the last URI line, and those that stay in force from segment to segment."""

    extinf: Tag | None = None
    byte_range: Tag | None = None
    date_time: str | None = None
    discontinuity: bool = False
    gap: bool = False
    map: Map | None = None
    keys: dict[str, str] = {}

    def spent(self) -> _Pending:
        """What is left in force once a segment has taken its own tags."""
        return _Pending(map=self.map, keys=self.keys)


def build_media(
    common: Playlist, lines: Iterable[tuple[int, Tag | None, str]], problems: list[Problem]
) -> MediaPlaylist:
    """Build the playlist from its `(line number, tag or None, URI)` lines."""
    pending = _Pending()
    segments: list[Segment] = []
    for number, tag, uri in lines:
        if tag is not None:
            _take(tag, pending, problems)
            continue
        previous = segments[-1] if segments else None
        segments.append(_segment(number, uri, len(segments), pending, previous, problems))
        pending = pending.spent()
    if pending.extinf:
        problems.append(
            Problem(rule=URI_MISSING, line=pending.extinf.line, said="a URI line after #EXTINF", found="none")
        )

    def number_of(name: str) -> int | None:
        tag = common.tag(name)
        return whole(tag.value) if tag else None

    kind = common.tag("EXT-X-PLAYLIST-TYPE")
    return MediaPlaylist(
        uri=common.uri,
        version=common.version,
        version_line=common.version_line,
        tags=common.tags,
        variables=common.variables,
        problems=tuple(problems),
        target_duration_s=number_of("EXT-X-TARGETDURATION"),
        media_sequence=number_of("EXT-X-MEDIA-SEQUENCE") or 0,
        discontinuity_sequence=number_of("EXT-X-DISCONTINUITY-SEQUENCE") or 0,
        playlist_type=kind.value if kind else None,
        end_list=common.tag("EXT-X-ENDLIST") is not None,
        i_frames_only=common.tag("EXT-X-I-FRAMES-ONLY") is not None,
        segments=tuple(segments),
    )


def _take(tag: Tag, pending: _Pending, problems: list[Problem]) -> None:
    """Let one tag change what applies to the next segment."""
    if tag.name == "EXTINF":
        pending.extinf = tag
    elif tag.name == "EXT-X-BYTERANGE":
        pending.byte_range = tag
    elif tag.name == "EXT-X-DISCONTINUITY":
        pending.discontinuity = True
    elif tag.name == "EXT-X-GAP":
        pending.gap = True
    elif tag.name == "EXT-X-PROGRAM-DATE-TIME":
        pending.date_time = tag.value
        try:
            datetime.fromisoformat(tag.value)
        except ValueError:
            problems.append(
                Problem(rule=DATE_TIME, line=tag.line, said="an ISO 8601 date and time", found=tag.value[:80])
            )
    elif tag.name == "EXT-X-MAP" and tag.text("URI") is not None:
        pending.map = Map(line=tag.line, uri=tag.text("URI") or "", byte_range=_map_range(tag, problems))
    elif tag.name == "EXT-X-KEY":
        method, format_ = tag.text("METHOD") or "", tag.text("KEYFORMAT") or "identity"
        pending.keys = {} if method == "NONE" else {**pending.keys, format_: method}


def _segment(
    number: int, uri: str, index: int, pending: _Pending, previous: Segment | None, problems: list[Problem]
) -> Segment:
    extinf = pending.extinf
    if extinf is None:
        problems.append(
            Problem(rule=EXTINF_MISSING, line=number, said="#EXTINF before a URI", found=uri[:80])
        )
    match = _EXTINF.fullmatch(extinf.value) if extinf else None
    duration = decimal(match[1]) if match else None
    if extinf and duration is None:
        problems.append(
            Problem(
                rule=SEGMENT_TAG,
                line=extinf.line,
                said="#EXTINF:<decimal duration>,[<title>]",
                found=extinf.value[:80] or "none",
            )
        )
    byte_range = _byte_range(pending.byte_range, uri, previous, problems)
    return Segment(
        number=index,
        line=extinf.line if extinf else number,
        uri=uri,
        start_s=previous.start_s + (previous.duration_s or 0) if previous else Fraction(0),
        duration_s=duration,
        duration_text=match[1] if match else "",
        byte_range=byte_range,
        range_unknown=byte_range is None and pending.byte_range is not None,
        map=pending.map,
        key_methods=tuple(sorted(pending.keys.values())),
        discontinuity=pending.discontinuity,
        gap=pending.gap,
        program_date_time=pending.date_time,
    )


def _byte_range(
    tag: Tag | None, uri: str, previous: Segment | None, problems: list[Problem]
) -> ByteRange | None:
    """Read `n[@o]`; without an offset it follows the previous sub-range of the same resource."""
    if tag is None:
        return None
    match = _RANGE.fullmatch(tag.value)
    if match is None:
        problems.append(
            Problem(rule=SEGMENT_TAG, line=tag.line, said="#EXT-X-BYTERANGE:<n>[@<o>]", found=tag.value[:80])
        )
        return None
    if match[2] is not None:
        return ByteRange(offset=int(match[2]), length=int(match[1]))
    if previous is None or previous.byte_range is None or previous.uri != uri:
        problems.append(
            Problem(
                rule=RANGE_OFFSET,
                line=tag.line,
                said="an offset, as no sub-range of this resource comes before",
                found=tag.value,
            )
        )
        return None
    return ByteRange(offset=previous.byte_range.end, length=int(match[1]))


def _map_range(tag: Tag, problems: list[Problem]) -> ByteRange | None:
    text = tag.text("BYTERANGE")
    if text is None:
        return None
    match = _RANGE.fullmatch(text)
    if match is None:
        problems.append(
            Problem(rule=SEGMENT_TAG, line=tag.line, said='#EXT-X-MAP BYTERANGE="<n>[@<o>]"', found=text[:80])
        )
        return None
    return ByteRange(offset=int(match[2] or 0), length=int(match[1]))
