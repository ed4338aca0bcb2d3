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


MAGICS: tuple[tuple[int, bytes], ...] = (
    (0, b"\x1aE\xdf\xa3"), (0, b"FLV\x01"), (0, b"OggS"), (0, b"\x30\x26\xb2\x75"), (0, b"GIF8"),
    (0, b"YUV4MPEG2"), (8, b"AVI "), (8, b"AVIX"), (8, b"WAVE"), (0, b"riff\x2e\x91\xcf\x11"), (8, b"AIFF"),
    (8, b"AIFC"), (0, b"caff"), (0, b"ID3"), (0, b"fLaC"), (0, b"\x00\x00\x01"),
)  # fmt: skip
"""Where a format's mark is, and the mark: Matroska, FLV, Ogg, ASF, GIF, YUV4MPEG2, AVI, WAV, W64, AIFF, CAF,
MP3 with tags, FLAC, MPEG program streams."""
BOXES = (
    b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"sidx",
    b"junk", b"PICT", b"pict", b"prfl", b"emsg",
)  # fmt: skip
"""What an MP4 or QuickTime file may begin with (ISO/IEC 14496-12, QTFF)."""
TS_SYNC = 0x47
TS_STRIDES = (188, 192, 204)
TS_PACKETS = 5
MXF_KEY = b"\x06\x0e\x2b\x34\x02\x05\x01\x01"


def is_media(head: bytes) -> bool:
    """Whether the first bytes (2 kB or more, or all there are) are of a format that is opened. What it lets
    pass may still be no media: probing decides."""
    return (
        any(head.startswith(magic, at) for at, magic in MAGICS)
        or head[4:8] in BOXES
        or MXF_KEY in head
        or any(_is_ts(head, stride) for stride in TS_STRIDES)
        or _is_audio_frame(head.lstrip(b"\0"))
    )


def _is_ts(head: bytes, stride: int) -> bool:
    """Sync bytes at equal distances (ISO/IEC 13818-1, 2.4.3.2), wherever the first one is."""
    last = (TS_PACKETS - 1) * stride
    return any(
        all(head[at + step] == TS_SYNC for step in range(0, last + 1, stride))
        for at in range(min(stride, len(head) - last))
    )


def _is_audio_frame(head: bytes) -> bool:
    """An MPEG audio header (ISO/IEC 11172-3, 2.4.1.3) or ADTS header: its sync word and no reserved value."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0:
        return head[1] & 0xF0 == 0xF0 and head[2] >> 2 & 15 < 13
    return version != 1 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


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
