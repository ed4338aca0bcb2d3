"""Where a source is: a path of this machine, or a URL of a kind that is fetched from."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, quote, unquote, unquote_to_bytes, urlsplit, urlunsplit

from codek7.core.errors import MediaRefused, SourceNotFound

HTTP = ("http", "https")
OBJECTS = ("s3", "gs", "gcs", "az", "abfs", "memory")
"""Read through fsspec. These give whole objects by their name and do nothing else. fsspec knows more: some
run programs or scripts, open other URLs or archives, or trust whatever host answers."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*(?:::[A-Za-z0-9+.-]*)*)://")
_AS_WRITTEN = "%/:@!$&'()*+,;=~-._?[]"
_SHOWN = 200


class Address(NamedTuple):
    """A URL to fetch from. `stored` may be kept and shown: it has no user, password, query or fragment."""

    scheme: str
    fetch: str
    stored: str
    user: str = ""
    password: str = ""
    query: str = ""

    def __repr__(self) -> str:
        return f"Address({self.stored!r})"

    def clean(self, text: str) -> str:
        """Somebody else's message without this address's secrets, and short."""
        text = text.replace(self.fetch, self.stored)
        for secret in (self.query, self.password, quote(self.password, safe="")):
            if secret:
                text = text.replace(secret, "***")
        return text[:_SHOWN]


def local_path(source: str) -> Path | None:
    """The path that a source names, or None where it is a URL to fetch. Raises `MediaRefused`."""
    match = _SCHEME.match(source)
    if match is None:
        # "~name" may be a file's own name, and whoever it came from chose that.
        return Path(source).expanduser() if source.startswith("~/") else Path(source)
    if match[1].lower() != "file":
        return None
    parts = _split(source)
    if parts.netloc not in ("", "localhost"):
        raise MediaRefused("a file:// URL of another machine is not opened", hint="give the file's path")
    return Path(os.fsdecode(unquote_to_bytes(_after(source).removeprefix("localhost"))))


def uri_of(path: Path) -> str:
    """What is kept of a local source: its absolute path, as a `file://` URL where it is no valid Unicode."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return path.as_uri()
    return str(path)


def parse_url(source: str) -> Address:
    """A URL taken apart. Raises `MediaRefused` for what is not fetched from, `SourceNotFound` for what is no
    address; neither repeats a secret."""
    match = _SCHEME.match(source)
    scheme = match[1].lower() if match else ""
    if "::" in source:
        raise MediaRefused("chained URLs (with '::') are not opened", hint="give the URL of the file itself")
    if scheme not in HTTP + OBJECTS:
        known = ", ".join(f"{name}://" for name in HTTP + OBJECTS)
        raise MediaRefused(
            f"nothing is fetched from {scheme}:// URLs", hint=f"give a path, or one of {known}"
        )
    return _http(source, scheme) if scheme in HTTP else _object(source, scheme)


def _http(source: str, scheme: str) -> Address:
    parts = _split(source)
    if not parts.hostname:
        raise SourceNotFound(f"this {scheme}:// URL names no host", hint="check the address")
    host = parts.netloc.rpartition("@")[2]
    path = quote(parts.path, safe=_AS_WRITTEN)
    query = quote(parts.query, safe=_AS_WRITTEN)
    return Address(
        scheme=scheme,
        fetch=urlunsplit((scheme, host, path or "/", query, "")),
        stored=urlunsplit((scheme, host, path, "", "")),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        query=query,
    )


def _object(source: str, scheme: str) -> Address:
    """Names of objects have no query; what stands before an `@` are credentials for s3 alone."""
    bucket, slash, name = _after(source).partition("/")
    if not (bucket if scheme == "memory" else bucket and name):
        raise SourceNotFound(f"this {scheme}:// URL names no object", hint="check the address")
    credentials, _, host = bucket.rpartition("@") if scheme == "s3" else ("", "", bucket)
    user, _, password = credentials.partition(":")
    url = f"{scheme}://{host}{slash}{name}"
    return Address(scheme=scheme, fetch=url, stored=url, user=unquote(user), password=unquote(password))


def _split(source: str) -> SplitResult:
    try:
        parts = urlsplit(source)
        _ = parts.port
    except ValueError:
        raise SourceNotFound("this URL cannot be read", hint="check the address") from None
    return parts


def _after(source: str) -> str:
    return source[source.index("://") + 3 :]
