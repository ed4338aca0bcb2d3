"""What the playlists of one presentation must agree on, and how they are delivered."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from codek7.check.fetch import Delivery
from codek7.check.report import Finding, Rule
from codek7.check.timeline import pieces
from codek7.check.walk import MediaFacts, Presentation

_PLAYLIST_TYPES = ("application/vnd.apple.mpegurl", "audio/mpegurl", "application/x-mpegurl")
_MEDIA_TYPES = {
    "mp4": ("video/mp4", "audio/mp4", "video/iso.segment", "application/mp4"),
    "mpegts": ("video/mp2t",),
    "aac": ("audio/aac",),
    "mp3": ("audio/mpeg",),
    "ac3": ("audio/ac3",),
    "eac3": ("audio/eac3",),
    "webvtt": ("text/vtt", "text/plain"),
}
SAME_POINT_S = Fraction(1, 10)


def playlists_readable(presentation: Presentation) -> Iterator[Finding]:
    """Every playlist can be read, and is of the kind that its place asks for."""
    for asked in presentation.asked:
        if asked.problem:
            yield Finding(playlist=asked.named_by, line=asked.line, said=asked.uri, found=asked.problem)


def _variants_and_sound(presentation: Presentation) -> list[MediaFacts]:
    return [f for f in presentation.media.values() if f.roles != {"subtitles"} and not f.trick_play]


def same_target_duration(presentation: Presentation) -> Iterator[Finding]:
    """All audio and video playlists have the same target duration."""
    known = [f for f in _variants_and_sound(presentation) if f.playlist.target_duration_s is not None]
    for facts in known[1:]:
        first, own = known[0].playlist, facts.playlist
        if own.target_duration_s != first.target_duration_s:
            tag = own.tag("EXT-X-TARGETDURATION")
            said = f"EXT-X-TARGETDURATION {first.target_duration_s}, as {first.uri}"
            yield Finding(
                playlist=own.uri,
                line=tag.line if tag else None,
                said=said,
                found=str(own.target_duration_s),
            )


def same_type(presentation: Presentation) -> Iterator[Finding]:
    """If one playlist has EXT-X-PLAYLIST-TYPE, all have it, with the same value."""
    playlists = [facts.playlist for facts in presentation.media.values()]
    first = next((p for p in playlists if p.playlist_type), None)
    for playlist in playlists:
        if first is not None and playlist.playlist_type != first.playlist_type:
            said = f"EXT-X-PLAYLIST-TYPE {first.playlist_type}, as {first.uri}"
            yield Finding(playlist=playlist.uri, said=said, found=playlist.playlist_type or "none")


def same_discontinuities(presentation: Presentation) -> Iterator[Finding]:
    """All variants and renditions have discontinuities at the same points."""
    model: tuple[str, list[Fraction]] | None = None
    for facts in _variants_and_sound(presentation):
        if facts.playlist.playlist_type is None and not facts.playlist.end_list:
            continue
        points = [s.start_s for s in facts.playlist.segments if s.discontinuity and s.number]
        if model is None:
            model = (facts.playlist.uri, points)
            continue
        theirs = model[1]
        apart = len(points) != len(theirs) or any(
            abs(a - b) > SAME_POINT_S for a, b in zip(points, theirs, strict=True)
        )
        if apart:
            said = f"discontinuities at {_times(theirs)}, as {model[0]}"
            yield Finding(playlist=facts.playlist.uri, said=said, found=_times(points))


def _times(points: list[Fraction]) -> str:
    return ", ".join(f"{float(point):.3f} s" for point in points[:8]) or "none"


def _all_start_clean(facts: MediaFacts) -> bool:
    parts = pieces(facts, "video")
    return bool(parts) and all(piece.track.starts == "idr" for piece in parts)


def _clean_videos(presentation: Presentation) -> list[MediaFacts]:
    return [f for f in _variants_and_sound(presentation) if _all_start_clean(f)]


def independence_said(presentation: Presentation) -> Iterator[Finding]:
    """Where segments start with an IDR, EXT-X-INDEPENDENT-SEGMENTS says so somewhere."""
    main = presentation.main
    if main is None or main.independent_segments:  # of a media playlist alone, the main one is not known
        return
    for facts in _clean_videos(presentation):
        if not facts.playlist.independent_segments:
            said = "#EXT-X-INDEPENDENT-SEGMENTS here or in the main playlist"
            yield Finding(playlist=facts.playlist.uri, said=said, found="neither")


def independence_said_first(presentation: Presentation) -> Iterator[Finding]:
    """EXT-X-INDEPENDENT-SEGMENTS belongs in the main playlist."""
    main = presentation.main
    if main is not None and not main.independent_segments and _clean_videos(presentation):
        yield Finding(playlist=main.uri, said="#EXT-X-INDEPENDENT-SEGMENTS", found="none")


def _media_deliveries(presentation: Presentation) -> Iterator[tuple[Finding, Delivery, str]]:
    """Yield how each segment and section came over HTTP: a finding to fill in, and its container."""
    for facts in presentation.media.values():
        for read in facts.reads:
            if read.delivery:
                spot = f"segment {read.segment.number} {read.segment.uri}"
                place = Finding(
                    playlist=facts.playlist.uri, line=read.segment.line, spot=spot, said="", found=""
                )
                yield place, read.delivery, read.container
        for init in facts.inits:
            if init.delivery:
                place = Finding(
                    playlist=facts.playlist.uri, line=init.map.line, spot=init.map.uri, said="", found=""
                )
                yield place, init.delivery, "mp4" if "moov" in init.fragments.types else "unknown"


def _filled(place: Finding, said: str, found: str) -> Finding:
    return Finding(playlist=place.playlist, line=place.line, spot=place.spot, said=said, found=found)


def no_redirects(presentation: Presentation) -> Iterator[Finding]:
    """Requests for media are answered where they are sent."""
    for place, delivery, _ in _media_deliveries(presentation):
        if delivery.redirected_to:
            yield _filled(place, "no redirect", f"a redirect to {delivery.redirected_to[:120]}")


def ranges_served(presentation: Presentation) -> Iterator[Finding]:
    """A request for a range is answered with the range (206), as byte ranges need."""
    for place, delivery, _ in _media_deliveries(presentation):
        if delivery.whole:
            yield _filled(place, "HTTP 206 to a range request", "HTTP 200 and everything")


def _plain_type(delivery: Delivery) -> str:
    return (delivery.content_type or "").partition(";")[0].strip().lower()


def media_types(presentation: Presentation) -> Iterator[Finding]:
    """Media is sent with the MIME type of its format."""
    for place, delivery, container in _media_deliveries(presentation):
        allowed = _MEDIA_TYPES.get(container)
        if allowed and _plain_type(delivery) not in allowed:
            yield _filled(place, " or ".join(allowed), delivery.content_type or "no Content-Type")


def playlist_types(presentation: Presentation) -> Iterator[Finding]:
    """Playlists are sent with the MIME type of playlists."""
    for asked in presentation.asked:
        if asked.delivery and not asked.problem and _plain_type(asked.delivery) not in _PLAYLIST_TYPES:
            found = asked.delivery.content_type or "no Content-Type"
            yield Finding(playlist=asked.uri, said=_PLAYLIST_TYPES[0], found=found)


def playlists_known_by_name(presentation: Presentation) -> Iterator[Finding]:
    """A playlist is known by .m3u8 (or .m3u) at the end of its path, or by its MIME type."""
    for asked in presentation.asked:
        path = asked.uri.partition("?")[0].partition("#")[0].lower()
        typed = asked.delivery is not None and _plain_type(asked.delivery) in _PLAYLIST_TYPES
        if not asked.problem and not path.endswith((".m3u8", ".m3u")) and not typed:
            yield Finding(playlist=asked.uri, said="a path that ends in .m3u8", found=path[-40:])


def playlists_zipped(presentation: Presentation) -> Iterator[Finding]:
    """Playlists are sent with gzip content-encoding."""
    for asked in presentation.asked:
        if asked.delivery and not asked.problem and asked.delivery.content_encoding not in ("gzip", "x-gzip"):
            found = asked.delivery.content_encoding or "none"
            yield Finding(playlist=asked.uri, said="Content-Encoding: gzip", found=found)


def over_tls(presentation: Presentation) -> Iterator[Finding]:
    """Playlists are sent over TLS."""
    for asked in presentation.asked:
        if asked.delivery and asked.uri.lower().startswith("http:"):
            yield Finding(playlist=asked.uri, said="https", found="http")


RULES: tuple[Rule[Presentation], ...] = (
    Rule(
        id="codek7.playlist-unreadable",
        text="Every playlist that is named can be read, and is of the kind its place asks for.",
        check=playlists_readable,
    ),
    Rule(
        id="rfc8216bis.4.1-known-by",
        text="A playlist's path ends in .m3u8 or .m3u, or its Content-Type says what it is.",
        check=playlists_known_by_name,
    ),
    Rule(
        id="rfc8216bis.4.4.4.2-range-answer",
        text="A server answers a range request with the range.",
        check=ranges_served,
    ),
    Rule(
        id="rfc8216bis.6.2.4-target-duration",
        text="Audio and video playlists have the same target duration (Apple 8.2).",
        check=same_target_duration,
    ),
    Rule(
        id="rfc8216bis.6.2.4-playlist-type",
        text="All media playlists of a presentation have the same EXT-X-PLAYLIST-TYPE.",
        check=same_type,
    ),
    Rule(
        id="apple.8.15-discontinuities",
        text="All variants and renditions have discontinuities at the same points.",
        check=same_discontinuities,
    ),
    Rule(id="apple.8.18-redirect", text="Media requests are not redirected.", check=no_redirects),
    Rule(
        id="apple.9.11-independent-segments",
        text="EXT-X-INDEPENDENT-SEGMENTS is in the main playlist.",
        check=independence_said_first,
        level="should",
    ),
    Rule(
        id="apple.9.12-independent-segments",
        text="EXT-X-INDEPENDENT-SEGMENTS is in the main playlist or in every video playlist.",
        check=independence_said,
    ),
    Rule(id="apple.10.1-gzip", text="Playlists are delivered with gzip encoding.", check=playlists_zipped),
    Rule(
        id="apple.10.4-playlist-type",
        text="Playlists have the recommended MIME type.",
        check=playlist_types,
        level="should",
    ),
    Rule(
        id="apple.10.4-media-type",
        text="Media has the recommended MIME type.",
        check=media_types,
        level="should",
    ),
    Rule(id="apple.11.1-tls", text="Playlists are delivered over TLS.", check=over_tls, level="should"),
)
