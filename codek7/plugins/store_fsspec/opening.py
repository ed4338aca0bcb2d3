"""Which store is behind a URL."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from codek7.core.errors import KeyInvalid, SettingsInvalid
from codek7.core.hookspecs import hookimpl
from codek7.core.keys import check_key
from codek7.core.ports import Store
from codek7.plugins.store_fsspec.local import LocalStore
from codek7.plugins.store_fsspec.memory import MemoryStore

MAX_PREFIX = 120
"""Characters of an S3 store's prefix: with the longest key they stay below S3's 1,024 bytes."""


@hookimpl
def codek7_open_store(url: str, options: Mapping[str, str]) -> Store | None:
    """`file:///folder`, `memory://name`, `s3://bucket/prefix`; None for other schemes.

    Options are for S3: `endpoint_url`, `key`, `secret`, `token`, `profile`, `region`; what is not given comes
    from where AWS tools look for it. Raises `SettingsInvalid`, which repeats neither the URL nor an option's
    value (either may hold a secret), and `ToolMissing`.
    """
    match url.partition(":")[0].lower():
        case "file":
            return LocalStore(_folder(_split(url)))
        case "memory":
            parts = _split(url)
            return MemoryStore(_plain_path(parts.netloc + parts.path))
        case "s3":
            return _open_s3(_split(url), options)
    return None


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise SettingsInvalid("the URL of the store, or of its endpoint, cannot be read") from None
    return parts


def _folder(parts: SplitResult) -> Path:
    """The path of a `file://` URL (RFC 8089), percent-decoded."""
    if (
        parts.netloc not in ("", "localhost")
        or not parts.path.startswith("/")
        or parts.query
        or parts.fragment
    ):
        raise SettingsInvalid(
            "a store in a folder needs the folder's absolute path",
            hint="three slashes, as in file:///srv/codek7; '?', '#' and '%' in names are percent-encoded",
        )
    return Path(unquote(parts.path, encoding="utf-8", errors="surrogateescape"))


def _open_s3(parts: SplitResult, options: Mapping[str, str]) -> Store:
    from codek7.plugins.store_fsspec.s3 import S3Store
    from codek7.plugins.store_fsspec.s3_client import Access, Bucket

    if not parts.netloc or "@" in parts.netloc or parts.query or parts.fragment:
        raise SettingsInvalid(
            "an S3 store's URL is s3://bucket/prefix and nothing more",
            hint="give credentials as store_options, or in the environment or profile that AWS tools use",
        )
    unknown = set(options) - set(Access._fields)
    if unknown:
        known = ", ".join(Access._fields)
        raise SettingsInvalid(f"S3 stores know no option {min(unknown)!a}", hint=f"they know {known}")
    access = Access(**options)
    if bool(access.key) != bool(access.secret):
        raise SettingsInvalid("key and secret of an S3 store come together", hint="give both, or neither")
    endpoint = _endpoint(access.endpoint_url or _from_environment("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
    region = access.region or _from_environment("AWS_REGION", "AWS_DEFAULT_REGION")
    prefix = _plain_path(parts.path)
    if len(prefix) > MAX_PREFIX:
        raise SettingsInvalid(f"the prefix of an S3 store has at most {MAX_PREFIX} characters")
    bucket = Bucket(_plain_path(parts.netloc), access._replace(endpoint_url=endpoint, region=region))
    return S3Store(bucket, f"{prefix}/" if prefix else "")


def _endpoint(url: str) -> str:
    if not url:
        return ""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in url or parts.query:
        raise SettingsInvalid(
            "endpoint_url of an S3 store cannot be used",
            hint="it is http:// or https://, a host and perhaps a port, without credentials",
        )
    return url.rstrip("/")


def _from_environment(*names: str) -> str:
    """What AWS tools would take; s3fs is told, so that addresses are written for the same endpoint."""
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def _plain_path(path: str) -> str:
    """A path within a bucket or memory, of key parts only; may be empty."""
    path = path.strip("/")
    try:
        if path:
            check_key(path)
    except KeyInvalid:
        raise SettingsInvalid(
            "the store's URL names a place that cannot be used", hint="use letters, digits, '.', '_' and '-'"
        ) from None
    return path
