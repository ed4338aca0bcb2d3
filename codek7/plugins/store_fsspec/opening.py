"""Which store is behind a URL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from codek7.core.errors import KeyInvalid, SettingsInvalid
from codek7.core.hookspecs import hookimpl
from codek7.core.keys import check_key
from codek7.core.ports import Store
from codek7.plugins.store_fsspec.local import LocalStore
from codek7.plugins.store_fsspec.memory import MemoryStore


@hookimpl
def codek7_open_store(url: str, options: Mapping[str, str]) -> Store | None:
    """`file:///folder`, `memory://name`; None for other schemes.

    Raises `SettingsInvalid`, which repeats neither the URL nor an option: either may hold a secret.
    """
    parts = _split(url)
    if parts.scheme == "file":
        return LocalStore(_folder(parts))
    if parts.scheme == "memory":
        return MemoryStore(_plain_path(parts.netloc + parts.path))
    return None


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise SettingsInvalid("the store's URL cannot be read", hint=str(error)) from None


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
    return Path(unquote(parts.path, encoding="utf-8", errors="surrogateescape")).absolute()


def _plain_path(path: str) -> str:
    """A path within a bucket or memory, of key parts only; may be empty."""
    path = path.strip("/")
    try:
        if path:
            check_key(path)
    except KeyInvalid as error:
        raise SettingsInvalid(
            "the store's URL names a place that cannot be used", hint="use letters, digits, '.', '_' and '-'"
        ) from error
    return path
