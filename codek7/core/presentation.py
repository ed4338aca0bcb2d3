"""A presentation: everything HLS serves of an asset, before and after it is written down."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from codek7.core.records import Rendition, TextRendition
from codek7.core.timeline import Timeline

MAIN_PLAYLIST = "main.m3u8"


class Presentation(msgspec.Struct, frozen=True, kw_only=True):
    """Renditions on one timeline. With `growing`, they are the contiguous prefix of an unfinished encode:
    playlists are of type EVENT and rates are declared from the ceilings."""

    timeline: Timeline
    video: tuple[Rendition, ...]
    audio: tuple[Rendition, ...]
    text: tuple[TextRendition, ...] = ()
    growing: bool = False


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What to write: small files by path, and existing objects of the store to appear under a path.

    Paths are relative to the presentation's folder; `main` is the one written last.
    """

    files: Mapping[str, bytes]
    links: Mapping[str, str]
    main: str = MAIN_PLAYLIST
