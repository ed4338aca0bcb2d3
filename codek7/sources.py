"""Sources as local files: found, hashed, and fetched once per machine where they are elsewhere."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec

from codek7.core.errors import MediaRefused, MediaTooBig, SourceNotFound, StoreUnavailable, ToolMissing
from codek7.core.media import Limits, Source
from codek7.core.values import content_hash, from_json, to_json

SCHEMES = frozenset({"http", "https", "s3", "gs", "az", "abfs", "ftp", "sftp", "memory"})
"""Where a source may be fetched from. fsspec knows more, some of which run programs or open other URLs."""
READ_BYTES = 1 << 20
IN_USE_S = 3600
"""A fetched source that was asked for as lately as this is not removed, whatever the cache's bound."""

OnFetch = Callable[[int, int], None]
"""Hears of the bytes read so far, and of how many there are (0 where nobody knows)."""


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What was hashed before, and how to see that it is still the same. A speed-up only: losing it costs a
    reading, and a record that was tampered with changes which results are reused for one's own file."""

    mark: str
    sha256: str
    size_bytes: int


def fetch_source(
    uri: str,
    cache: Path,
    *,
    limits: Limits,
    cache_bytes: int,
    on_progress: OnFetch | None = None,
) -> tuple[Source, Path]:
    """A path or a URL as a hashed source and a local file.

    Raises `SourceNotFound`, `MediaRefused` (what is no regular file), `MediaTooBig`, `StoreUnavailable`.
    """
    if "::" in uri:
        raise MediaRefused(
            f"{public_uri(uri)}: chained URLs are not opened", hint="give the URL of the file itself"
        )
    scheme = urlsplit(uri).scheme if "://" in uri else ""
    if scheme in ("", "file"):
        path = Path(unquote(urlsplit(uri).path) if scheme else uri).expanduser().absolute()
        return _local(path, cache, limits, on_progress)
    if scheme not in SCHEMES:
        raise MediaRefused(
            f"{scheme}:// is not fetched from", hint=f"use a path, or one of {', '.join(sorted(SCHEMES))}"
        )
    return _remote(uri, cache, limits, cache_bytes, on_progress)


def open_local(source: Source, cache: Path) -> Path:
    """The file of a source that was taken in before. Raises `SourceNotFound` where it is gone or changed."""
    cached = _cached(cache, source.sha256)
    path = cached if cached.exists() else Path(source.uri)
    try:
        size = path.stat().st_size
    except OSError:
        size = -1
    if size != source.size_bytes:
        raise SourceNotFound(
            f"{source.uri} is not there any more, or changed",
            hint="ingest the source again from where it is now",
        )
    if path is cached:
        os.utime(path)
    return path


def public_uri(uri: str) -> str:
    """A URL without what may be secret: user, password, query and fragment."""
    if "://" not in uri:
        return uri
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _local(path: Path, cache: Path, limits: Limits, on_progress: OnFetch | None) -> tuple[Source, Path]:
    try:
        status = path.stat()
    except OSError as error:
        raise SourceNotFound(f"no file {path}: {error.strerror}", hint="check the path") from None
    if not stat.S_ISREG(status.st_mode):
        raise MediaRefused(f"{path} is not a regular file", hint="give the media file itself")
    _check_size(str(path), status.st_size, limits)
    mark = content_hash([str(path), status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns])
    note = cache / "hashes" / f"{content_hash(str(path))}.json"
    known = _read_note(note)
    if known is None or known.mark != mark:
        try:
            with path.open("rb") as file:
                digest = _copy(file, None, status.st_size, limits, str(path), on_progress)
        except PermissionError as error:
            raise SourceNotFound(
                f"cannot read {path}: {error.strerror}", hint="check its permissions"
            ) from None
        known = _Known(mark=mark, sha256=digest, size_bytes=status.st_size)
        _write_note(note, known)
    return Source(uri=str(path), sha256=known.sha256, size_bytes=known.size_bytes), path


def _remote(
    uri: str, cache: Path, limits: Limits, cache_bytes: int, on_progress: OnFetch | None
) -> tuple[Source, Path]:
    shown = public_uri(uri)
    try:
        import fsspec

        files, where = fsspec.core.url_to_fs(uri)
        info = files.info(where)
        note = cache / "urls" / f"{content_hash(uri)}.json"
        mark = content_hash(
            [str(info.get(name, "")) for name in ("size", "ETag", "etag", "LastModified", "mtime")]
        )
        known = _read_note(note)
        if known is None or known.mark != mark or not _cached(cache, known.sha256).exists():
            with files.open(where, "rb") as file:
                known = _fetch(file, int(info.get("size") or 0), mark, cache, limits, shown, on_progress)
            _write_note(note, known)
    except ImportError as error:
        raise ToolMissing(f"{shown}: {error}", hint="pip install 'codek7[s3]' for s3://") from error
    except FileNotFoundError:
        raise SourceNotFound(f"nothing is at {shown}", hint="check the address") from None
    except OSError as error:
        raise StoreUnavailable(
            f"{shown} cannot be read: {type(error).__name__}", hint="try again later"
        ) from error
    path = _cached(cache, known.sha256)
    os.utime(path)
    _evict(cache, cache_bytes, keep=path)
    return Source(uri=shown, sha256=known.sha256, size_bytes=known.size_bytes), path


def _fetch(
    file: IO[bytes],
    size: int,
    mark: str,
    cache: Path,
    limits: Limits,
    shown: str,
    on_progress: OnFetch | None,
) -> _Known:
    """Write aside, hashing, then name it by its hash: half a source is never seen."""
    _check_size(shown, size, limits)
    folder = cache / "sources"
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".part-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        with aside.open("wb") as out:
            digest = _copy(file, out, size, limits, shown, on_progress)
            length = out.tell()
        aside.replace(_cached(cache, digest))
    finally:
        aside.unlink(missing_ok=True)
    return _Known(mark=mark, sha256=digest, size_bytes=length)


def _copy(
    file: IO[bytes], out: IO[bytes] | None, size: int, limits: Limits, shown: str, on_progress: OnFetch | None
) -> str:
    digest, done = hashlib.sha256(), 0
    while block := file.read(READ_BYTES):
        done += len(block)
        _check_size(shown, done, limits)
        digest.update(block)
        if out is not None:
            out.write(block)
        if on_progress is not None:
            on_progress(done, size)
    return digest.hexdigest()


def _check_size(shown: str, size: int, limits: Limits) -> None:
    if size > limits.max_size_bytes:
        raise MediaTooBig(
            f"{shown} has more than the limit of {limits.max_size_bytes} bytes",
            hint="raise limits.max_size_bytes",
        )


def _evict(cache: Path, cache_bytes: int, keep: Path) -> None:
    """Remove the longest unused fetched sources beyond the bound, and what was left half written."""
    found: list[tuple[float, int, Path]] = []
    for path in (cache / "sources").iterdir():
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((status.st_mtime, status.st_size, path))
    total, lately = sum(size for _, size, _ in found), time.time() - IN_USE_S
    for used, size, path in sorted(found):
        if path != keep and used < lately and (total > cache_bytes or path.name.startswith(".part-")):
            path.unlink(missing_ok=True)
            total -= size


def _cached(cache: Path, sha256: str) -> Path:
    return cache / "sources" / sha256


def _read_note(path: Path) -> _Known | None:
    try:
        return from_json(path.read_bytes(), _Known)
    except (OSError, msgspec.MsgspecError):
        return None


def _write_note(path: Path, known: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    aside.write_bytes(to_json(known))
    aside.replace(path)
