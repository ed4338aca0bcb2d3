"""What the objects of a presentation are called: Apple's authoring rule 10.4, and the usual for the rest."""

from __future__ import annotations

PLAYLIST = "application/vnd.apple.mpegurl"
MEDIA_TYPES = {
    "m3u8": PLAYLIST, "mp4": "video/mp4", "m4s": "video/iso.segment", "m4a": "audio/mp4",
    "ts": "video/mp2t", "aac": "audio/aac", "vtt": "text/vtt", "json": "application/json",
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp",
}  # fmt: skip
UNKNOWN = "application/octet-stream"


def media_type(path: str) -> str:
    """By the name's end."""
    return MEDIA_TYPES.get(path.rpartition(".")[2], UNKNOWN)


def is_playlist(path: str) -> bool:
    """Playlists are text, small, asked for whole, and (in a preview) change."""
    return path.endswith(".m3u8")
