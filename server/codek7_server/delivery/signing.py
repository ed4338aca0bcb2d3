"""Playlists whose media is addressed in the bucket itself: signed, absolute addresses instead of relative
ones. A redirect would not do: players may not follow one for media (Apple's authoring rule 8.18)."""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Callable
from gzip import compress
from hashlib import sha256

from codek7_server.delivery.cache import Lru
from codek7_server.delivery.media_types import is_playlist
from codek7_server.delivery.objects import Found, Objects

Sign = Callable[[str, int], str]
"""An object's key and for how many seconds, to its address."""

CACHE_BYTES = 16 << 20
_URI = re.compile(r'(?P<before>[:,]URI=")(?P<uri>[^"]*)(?=")')


class Signing:
    """Rewrites playlists, and remembers them for half the life of what they say."""

    def __init__(self, sign: Sign, ttl_s: int, objects: Objects) -> None:
        self._sign = sign
        self._ttl_s = ttl_s
        self._objects = objects
        self._signed: Lru[tuple[str, bytes], tuple[float, Found]] = Lru(CACHE_BYTES)

    async def playlist(self, found: Found) -> Found:
        """The playlist with signed addresses; itself where it names no media (a main playlist)."""
        if found.body is None:
            return found
        known = self._signed.get((found.key, found.etag))
        now = time.monotonic()
        if known is not None and now < known[0]:
            return known[1]
        signed = await self._objects.in_thread(lambda: self._rewritten(found))
        self._signed.put((found.key, found.etag), (now + self._ttl_s / 2, signed), signed.weight)
        return signed

    def _rewritten(self, found: Found) -> Found:
        text = (found.body or b"").decode()
        body = rewrite(text, lambda uri: self._address(found.key, uri)).encode()
        if body == found.body:
            return found
        etag = b'"' + sha256(body).hexdigest()[:32].encode() + b'"'
        return found._replace(size=len(body), body=body, packed=compress(body, 6, mtime=0), etag=etag)

    def _address(self, playlist: str, uri: str) -> str:
        """Only of what lies beside or below the playlist."""
        folder = posixpath.dirname(playlist)
        key = posixpath.normpath(posixpath.join(folder, uri))
        if is_playlist(uri) or "://" in uri or not key.startswith(f"{folder}/"):
            return uri
        return self._sign(key, self._ttl_s)


def rewrite(playlist: str, address: Callable[[str], str]) -> str:
    """A playlist (RFC 8216) with every URI, on lines of its own and in attributes, exchanged."""
    return "".join(_line(line, address) for line in playlist.splitlines(keepends=True))


def _line(line: str, address: Callable[[str], str]) -> str:
    if line.startswith("#"):
        return (
            _URI.sub(lambda found: found["before"] + address(found["uri"]), line) if "URI=" in line else line
        )
    uri = line.strip()
    return line.replace(uri, address(uri), 1) if uri else line
