"""The door: check a presentation by its playlist, wherever it is."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from codek7.check.fetch import Fetch, LocalFetch, Read, ReadFetch
from codek7.check.http import HttpFetch
from codek7.check.report import Report
from codek7.check.rules import judge
from codek7.check.walk import walk


def check_presentation(uri: str | Path, *, fetch: Fetch | Read | None = None) -> Report:
    """Read an HLS presentation, playlists and media, and report every rule that it breaks.

    `uri` is a main or media playlist: a file, an http(s) URL, or with `fetch` whatever that reads. A file
    may name only what is in its own folder or below; pass `LocalFetch(root)` and the playlist's path
    relative to `root` to allow more. Nothing is raised for a presentation that is broken or missing:
    that is a fault like any other.
    """
    name = str(uri)
    if fetch is not None:
        return judge(walk(name, fetch if isinstance(fetch, Fetch) else ReadFetch(fetch)))
    if re.match(r"https?://", name, re.IGNORECASE):
        with closing(HttpFetch()) as http:
            return judge(walk(name, http))
    path = Path(name)
    return judge(walk(path.name, LocalFetch(path.parent)))
