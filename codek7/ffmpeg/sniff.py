"""What a file's first bytes say it is, where that is something that must never be opened as media."""

from __future__ import annotations

SNIFF_BYTES = 4096

TEXTS: tuple[tuple[bytes, str], ...] = (
    (b"#extm3u", "an HLS or M3U playlist"),
    (b"ffconcat", "an ffmpeg concat script"),
    (b"file ", "an ffmpeg concat script"),
    (b"[playlist]", "a PLS playlist"),
    (b"[reference]", "a Windows Media playlist"),
    (b"v=0", "an SDP session description"),
    (b"rtsptext", "a QuickTime streaming reference"),
    (b"smiltext", "a QuickTime streaming reference"),
    (b";ffmetadata", "an ffmpeg metadata script"),
    (b"webvtt", "WebVTT subtitles"),
    (b"{\\rtf", "an RTF document"),
    (b"#!", "a script"),
)
MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<mpd", "a DASH manifest"),
    (b"<smil", "a SMIL playlist"),
    (b"<svg", "an SVG picture"),
    (b"<asx", "a Windows Media playlist"),
    (b"<playlist", "an XSPF playlist"),
    (b"<smoothstreamingmedia", "a Smooth Streaming manifest"),
    (b"<html", "a web page"),
    (b"<!doctype html", "a web page"),
    (b"<?xml", "an XML document"),
)
BINARIES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)


def never_media(head: bytes) -> str | None:
    """What these first bytes are ("an HLS or M3U playlist"), if not media. None where they may be media."""
    for magic, name in BINARIES:
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP picture"
    return _text(head)


def _text(head: bytes) -> str | None:
    if not is_text(head):
        return None
    words = _plain(head).lstrip().lower()
    for start, name in TEXTS:
        if words.startswith(start):
            return name
    if words.startswith(b"<"):
        return next((name for tag, name in MARKUP if tag in words), "a markup document")
    return None


def is_text(head: bytes) -> bool:
    """Whether nothing but text is there: no control characters besides white space."""
    plain = _plain(head)
    return bool(plain.strip()) and not any(byte < 32 and byte not in b"\t\n\f\r" for byte in plain)


def _plain(head: bytes) -> bytes:
    """Without a byte order mark; UTF-16 as its lower bytes."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf")
