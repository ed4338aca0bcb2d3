"""Reading a whole presentation: every playlist that the main one names, and every segment once.

Only facts are kept; the bytes of one segment and of one initialization section are in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

import msgspec

from codek7.check.boxes import Fragments, read_fragments
from codek7.check.fetch import LARGEST_PLAYLIST_BYTES, LARGEST_SEGMENT_BYTES, Answer, Delivery, Fetch
from codek7.check.media import Container, MediaRead, read_media
from codek7.check.packed import TIMESTAMP_HZ, id3_bytes, timestamp
from codek7.check.parse import parse_playlist
from codek7.check.playlist import MainPlaylist, Map, MediaPlaylist, Playlist, Segment, resolve
from codek7.check.transport import PACKET_BYTES, TransportFacts, read_transport
from codek7.check.webvtt import WebVttFacts, read_webvtt

MOST_PLAYLISTS = 2000
LARGEST_INIT_BYTES = 16 * 2**20
_BOXES = (b"styp", b"moof", b"ftyp", b"sidx", b"moov", b"emsg", b"prft", b"mdat", b"free", b"skip", b"uuid")


class InitRead(msgspec.Struct, frozen=True, kw_only=True):
    """A media initialization section, as an EXT-X-MAP names it."""

    map: Map
    size_bytes: int = 0
    problem: str | None = None
    fragments: Fragments = Fragments()
    delivery: Delivery | None = None


class SegmentRead(msgspec.Struct, frozen=True, kw_only=True):
    """What reading one segment gave.

    `container` is one of FFmpeg's names, "webvtt", "encrypted" (counted, not read), "gap", "unread"
    (its byte range has no meaning) or "unknown".
    `size_bytes` is what there really is of it, `missing_bytes` what its byte range asks for beyond that.
    `lead_bytes` is the length of the initialization section that was put in front of it.
    """

    segment: Segment
    container: str
    size_bytes: int = 0
    missing_bytes: int = 0
    lead_bytes: int = 0
    problem: str | None = None
    media: MediaRead = MediaRead()
    fragments: Fragments | None = None
    transport: TransportFacts | None = None
    webvtt: WebVttFacts | None = None
    packed_timestamp: int | None = None
    delivery: Delivery | None = None


class MediaFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A media playlist with what its segments hold.

    `roles` says how the main playlist uses it: "variant", "audio", "video", "subtitles", "i-frames".
    """

    playlist: MediaPlaylist
    roles: frozenset[str]
    reads: tuple[SegmentRead, ...] = ()
    inits: tuple[InitRead, ...] = ()

    @property
    def trick_play(self) -> bool:
        """Whether it holds I-frames, or is meant to."""
        return self.playlist.i_frames_only or self.roles == {"i-frames"}


class PlaylistRead(msgspec.Struct, frozen=True, kw_only=True):
    """A playlist as it was asked for: who named it, on which line, and whether it came."""

    uri: str
    named_by: str
    line: int | None = None
    problem: str | None = None
    delivery: Delivery | None = None


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read. `main` is None where a media playlist was given to check."""

    uri: str
    main: MainPlaylist | None = None
    media: dict[str, MediaFacts] = {}
    asked: tuple[PlaylistRead, ...] = ()

    def facts(self, uri: str | None) -> MediaFacts | None:
        """Return the media playlist that the main playlist names `uri`, if it was read."""
        return None if uri is None else self.media.get(resolve(self.uri, uri))


def walk(uri: str, fetch: Fetch) -> Presentation:
    """Read the presentation behind the playlist at `uri`."""
    playlist, asked = _ask(uri, fetch, named_by=uri, line=None, imports={})
    if playlist is None:
        return Presentation(uri=uri, asked=(asked,))
    if isinstance(playlist, MediaPlaylist):
        role = "i-frames" if playlist.i_frames_only else "variant"
        return Presentation(
            uri=uri, media={uri: _read_media_playlist(playlist, frozenset({role}), fetch)}, asked=(asked,)
        )
    if not isinstance(playlist, MainPlaylist):
        return Presentation(uri=uri, asked=(asked,))
    media: dict[str, MediaFacts] = {}
    all_asked = [asked]
    for target, (line, roles) in _named(playlist).items():
        child, asked = _ask(target, fetch, named_by=uri, line=line, imports=playlist.variables)
        if isinstance(child, MediaPlaylist):
            media[target] = _read_media_playlist(child, frozenset(roles), fetch)
        elif child is not None:
            asked = msgspec.structs.replace(asked, problem="a main playlist where a media playlist belongs")
        all_asked.append(asked)
    return Presentation(uri=uri, main=playlist, media=media, asked=tuple(all_asked))


def _ask(
    uri: str, fetch: Fetch, *, named_by: str, line: int | None, imports: Mapping[str, str]
) -> tuple[Playlist | None, PlaylistRead]:
    answer = fetch.get(uri, limit=LARGEST_PLAYLIST_BYTES)
    problem = answer.problem
    if not problem and b"#EXT" not in answer.body:  # else every line of it would be a fault
        problem = "no playlist: no line begins with #EXT"
    asked = PlaylistRead(uri=uri, named_by=named_by, line=line, problem=problem, delivery=answer.delivery)
    return (None if problem else parse_playlist(answer.body, uri, imports)), asked


def _named(main: MainPlaylist) -> dict[str, tuple[int, set[str]]]:
    """Media playlists by resolved URI, with the first line that names each and all their roles."""
    named: dict[str, tuple[int, set[str]]] = {}
    uses = [(v.uri, v.line, "variant") for v in main.variants]
    uses += [(r.uri, r.line, r.type.lower()) for r in main.renditions]
    uses += [(v.uri, v.line, "i-frames") for v in main.i_frame_variants]
    for uri, line, role in uses:
        if uri and len(named) < MOST_PLAYLISTS:
            named.setdefault(resolve(main.uri, uri), (line, set()))[1].add(role)
    return named


def _read_media_playlist(playlist: MediaPlaylist, roles: frozenset[str], fetch: Fetch) -> MediaFacts:
    inits: list[InitRead] = []
    reads = tuple(_read_segments(playlist, fetch, inits))
    return MediaFacts(playlist=playlist, roles=roles, reads=reads, inits=tuple(inits))


def _read_segments(playlist: MediaPlaylist, fetch: Fetch, inits: list[InitRead]) -> Iterator[SegmentRead]:
    """Read segment after segment; the section in force stays in memory until another map replaces it."""
    section, section_map, looked = b"", None, False
    lead_uri, lead = "", b""
    for segment in playlist.segments:
        if segment.map != section_map:
            section, section_map, looked = b"", segment.map, False
            if segment.map is not None:
                section, init = _read_init(segment.map, playlist.uri, fetch)
                inits.append(init)
        looked = looked and not segment.discontinuity
        if playlist.i_frames_only and segment.map is None and segment.byte_range and segment.uri != lead_uri:
            # Without a map, the section lies between the resource's start and its first I-frame (4.4.3.6).
            place = resolve(playlist.uri, segment.uri)
            lead_uri = segment.uri
            lead = fetch.get(place, 0, segment.byte_range.offset, limit=LARGEST_INIT_BYTES).body
        read = _read_segment(segment, playlist, fetch, section or lead, look=not looked)
        looked = looked or any(track.look for track in read.media.tracks)
        yield read


def _read_init(map_: Map, base: str, fetch: Fetch) -> tuple[bytes, InitRead]:
    span = map_.byte_range
    answer = fetch.get(
        resolve(base, map_.uri),
        span.offset if span else 0,
        span.length if span else None,
        limit=LARGEST_INIT_BYTES,
    )
    problem = answer.problem
    if span and not problem and len(answer.body) < span.length:
        problem = f"{len(answer.body)} of {span.length} bytes"
    return answer.body, InitRead(
        map=map_,
        size_bytes=len(answer.body),
        problem=problem,
        fragments=read_fragments(answer.body),
        delivery=answer.delivery,
    )


def _read_segment(
    segment: Segment, playlist: MediaPlaylist, fetch: Fetch, section: bytes, *, look: bool
) -> SegmentRead:
    if segment.gap or segment.range_unknown:
        return SegmentRead(segment=segment, container="gap" if segment.gap else "unread")
    span = segment.byte_range
    answer = fetch.get(
        resolve(playlist.uri, segment.uri),
        span.offset if span else 0,
        span.length if span else None,
        limit=LARGEST_SEGMENT_BYTES,
    )
    size = len(answer.body)
    read = SegmentRead(
        segment=segment,
        container="encrypted" if segment.key_methods else "unknown",
        size_bytes=size,
        missing_bytes=span.length - size if span and not answer.problem else 0,
        problem=answer.problem,
        delivery=answer.delivery,
    )
    if answer.problem or segment.key_methods or not size:
        return read
    return _look_inside(read, answer, section, look=look)


def _look_inside(read: SegmentRead, answer: Answer, section: bytes, *, look: bool) -> SegmentRead:
    data = answer.body
    container = sniff(data)
    if container == "webvtt":
        return msgspec.structs.replace(read, container=container, webvtt=read_webvtt(data))
    if container is None:
        return read
    packed = container not in ("mp4", "mpegts")
    since = timestamp(data) if packed else None
    fragments = read_fragments(data) if container == "mp4" else None
    whole = data[: fragments.whole_bytes] if fragments else data
    media = read_media(whole if packed else section + whole, container, look=look)
    return msgspec.structs.replace(
        read,
        container=container,
        media=media if since is None else media.moved(Fraction(since, TIMESTAMP_HZ)),
        fragments=fragments,
        transport=read_transport(data) if container == "mpegts" else None,
        packed_timestamp=since,
        lead_bytes=0 if packed else len(section),
    )


def sniff(data: bytes) -> Container | Literal["webvtt"] | None:
    """Tell a segment's container from its first bytes; None for none that HLS knows."""
    if data.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return "webvtt"
    if data[4:8] in _BOXES:
        return "mp4"
    if data[:1] == b"\x47" and data[PACKET_BYTES : PACKET_BYTES + 1] in (b"\x47", b""):
        return "mpegts"
    frame = data[id3_bytes(data) :][:6]
    if len(frame) < 6:
        return None
    if frame[0] == 0xFF and frame[1] & 0xE0 == 0xE0:
        return "aac" if frame[1] & 0x06 == 0 else "mp3"
    if frame[:2] == b"\x0b\x77":
        return "eac3" if frame[5] >> 3 > 10 else "ac3"
    return None
