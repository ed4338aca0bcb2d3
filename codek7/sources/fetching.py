"""A path or a URL as a hashed source and a local file."""

from __future__ import annotations

from pathlib import Path

from codek7.core.errors import MediaTooBig, SourceNotFound, StoreUnavailable
from codek7.core.media import Limits, Source
from codek7.sources.address import local_path, parse_url
from codek7.sources.cache import cached, in_turn
from codek7.sources.hashing import (
    Cancelled,
    OnProgress,
    hash_local,
    never,
)


def fetch_source(
    uri: str,
    cache: Path,
    *,
    limits: Limits,
    cache_bytes: int | None,
    cancelled: Cancelled = never,
    on_progress: OnProgress | None = None,
) -> tuple[Source, Path]:
    """A source and the local file with its bytes: itself where it is one, else fetched into the cache, once
    while it does not change there.

    Fetched files stay below `cache_bytes` in all (None: without bound), as far as nothing has to go that is
    held or was asked for lately; a file that is larger than that alone is fetched all the same. Whose URL it
    is, is the caller's question: addresses of this machine and its network are fetched too.

    Raises `SourceNotFound`, `MediaRefused`, `MediaTooBig`, `MediaUnreadable`, `StoreUnavailable`, `DiskFull`,
    `ToolMissing`, `Interrupted`.
    """
    path = local_path(uri)
    if path is not None:
        source = hash_local(path, cache, limits=limits, cancelled=cancelled, on_progress=on_progress)
        return source, local_path(source.uri) or path
    from codek7.sources.download import Job, fetch  # loads the HTTP client

    job = Job(parse_url(uri), cache, limits, cache_bytes, cancelled, on_progress)
    with in_turn(cache, job.address.fetch, cancelled, job.address.stored):
        note = fetch(job)
    path = cached(cache, note.sha256, note.size_bytes)
    if path is None:
        raise StoreUnavailable(f"{str(cache)!r} lost what was just fetched", hint="is somebody emptying it?")
    return Source(uri=job.address.stored, sha256=note.sha256, size_bytes=note.size_bytes), path


def open_local(
    source: Source, cache: Path, *, cache_bytes: int | None = None, cancelled: Cancelled = never
) -> Path:
    """A local file with the source's bytes: the file itself, the fetched one, or fetched again.

    Raises `SourceNotFound` where the bytes are gone or are others now, and what `fetch_source` raises.
    """
    path = cached(cache, source.sha256, source.size_bytes)
    if path is not None:
        return path
    limits = Limits(max_size_bytes=source.size_bytes)
    try:
        found, path = fetch_source(
            source.uri, cache, limits=limits, cache_bytes=cache_bytes, cancelled=cancelled
        )
    except MediaTooBig:
        raise _changed(source) from None
    if found.sha256 != source.sha256:
        raise _changed(source)
    return path


def _changed(source: Source) -> SourceNotFound:
    return SourceNotFound(
        f"{source.uri} is not what was taken in: its bytes changed", hint="ingest it again as it is now"
    )
