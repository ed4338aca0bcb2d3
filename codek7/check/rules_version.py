"""EXT-X-VERSION against the features in use (RFC 8216bis section 8)."""

from __future__ import annotations

from collections.abc import Iterator

from codek7.check.playlist import MediaPlaylist, Playlist
from codek7.check.report import Finding, Rule


def _features(playlist: Playlist) -> Iterator[tuple[int, int, str]]:
    """Yield `(version needed, line, feature)` for everything that needs more than version 1."""
    i_frames = playlist.tag("EXT-X-I-FRAMES-ONLY") is not None
    for tag in playlist.tags:
        attributes = tag.attributes
        if tag.name in ("EXT-X-KEY", "EXT-X-SESSION-KEY"):
            if "IV" in attributes:
                yield 2, tag.line, "IV of EXT-X-KEY"
            if tag.text("METHOD") == "SAMPLE-AES":
                yield 5, tag.line, "METHOD=SAMPLE-AES"
            if attributes.keys() & {"KEYFORMAT", "KEYFORMATVERSIONS"}:
                yield 5, tag.line, "KEYFORMAT"
        elif tag.name in ("EXT-X-BYTERANGE", "EXT-X-I-FRAMES-ONLY"):
            yield 4, tag.line, tag.name
        elif tag.name == "EXT-X-MAP":
            yield (5, tag.line, "EXT-X-MAP") if i_frames else (6, tag.line, "EXT-X-MAP outside I-frames-only")
        elif tag.name == "EXT-X-MEDIA" and "INSTREAM-ID" in attributes:
            if (tag.text("INSTREAM-ID") or "").startswith("SERVICE"):
                yield 7, tag.line, "INSTREAM-ID=SERVICE…"
            if tag.text("TYPE") != "CLOSED-CAPTIONS":
                yield 13, tag.line, "INSTREAM-ID outside CLOSED-CAPTIONS"
        elif tag.name == "EXT-X-DEFINE":
            needed = 11 if "QUERYPARAM" in attributes else 8
            yield needed, tag.line, "EXT-X-DEFINE"
        elif tag.name == "EXT-X-SKIP":
            needed = 10 if "RECENTLY-REMOVED-DATERANGES" in attributes else 9
            yield needed, tag.line, "EXT-X-SKIP"
        if any(name.startswith("REQ-") for name in attributes):
            yield 12, tag.line, "a REQ- attribute"
    if isinstance(playlist, MediaPlaylist):
        for segment in playlist.segments:
            if "." in segment.duration_text:
                yield 3, segment.line, "a floating-point EXTINF"


def version_covers_features(playlist: Playlist) -> Iterator[Finding]:
    """Yield the first use of each feature that the version does not cover."""
    named: set[str] = set()
    for needed, line, feature in _features(playlist):
        if needed > playlist.version and feature not in named:
            named.add(feature)
            said = f"EXT-X-VERSION {needed} or higher for {feature}"
            found = f"version {playlist.version}" if playlist.version_line else "no EXT-X-VERSION (so 1)"
            yield Finding(playlist=playlist.uri, line=line, said=said, found=found)


RULES: tuple[Rule[Playlist], ...] = (
    Rule(
        id="rfc8216bis.8-version",
        text="EXT-X-VERSION is at least what the features in use need.",
        check=version_covers_features,
    ),
)
