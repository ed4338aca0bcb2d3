"""Bytes from elsewhere, as a stream that can go on where it broke off.

HTTP needs nothing installed, and its sessions last as long as they send; buckets are read through fsspec.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from codek7.core.errors import MediaRefused, SourceNotFound, StoreUnavailable, ToolMissing
from codek7.sources.address import HTTP, Address

TIMEOUT_S = 30
"""Silence after which a server counts as gone."""
SETTLED_S = 2
_S3_PATIENCE = {
    "connect_timeout": TIMEOUT_S, "read_timeout": TIMEOUT_S, "retries": {"total_max_attempts": 1},
}  # fmt: skip
_FOR_GOOD = (400, 401, 402, 403, 404, 405, 406, 410, 414, 451, 501)


class Broken(Exception):
    """The stream cannot be opened or ended early; trying again may help. The message holds no secret."""


class Stream(NamedTuple):
    """`start`: the first byte that comes. `size`: of the whole, 0 where nobody says. `mark` changes with the
    bytes; empty where the server gives none. `read` gives at most so many bytes, none at the end."""

    start: int
    size: int
    mark: str
    read: Callable[[int], bytes]


@contextlib.contextmanager
def open_stream(address: Address, start: int = 0, mark: str = "") -> Iterator[Stream]:
    """Open it; from `start`, if it still has the mark and the server can.

    Raises `SourceNotFound`, `MediaRefused`, `StoreUnavailable`, `ToolMissing`, and as `read` does `Broken`.
    """
    opened = (
        _open_http(address, start, mark) if address.scheme in HTTP else _open_object(address, start, mark)
    )
    with opened as stream:
        yield stream


@contextlib.contextmanager
def _open_http(address: Address, start: int, mark: str) -> Iterator[Stream]:
    try:
        answer = _opener().open(_request(address, start, mark), timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(address, error.code, error.reason) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Broken(address.clean(_reason(error))) from None
    with answer:
        begins, size = _extent(answer.status, answer.headers)
        yield Stream(begins, size, _validator(answer.headers), _reading(address, answer.read1))


def _opener() -> urllib.request.OpenerDirector:
    """http and https only, wherever a redirect leads."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(), urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(), urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(), urllib.request.UnknownHandler(),
    ):  # fmt: skip
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", "codek7"), ("Accept-Encoding", "identity")]
    return opener


def _request(address: Address, start: int, mark: str) -> urllib.request.Request:
    request = urllib.request.Request(address.fetch)  # noqa: S310  # its scheme was checked: http or https
    if address.user or address.password:
        basic = base64.b64encode(f"{address.user}:{address.password}".encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {basic}")
    if start and mark:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", mark)
    return request


def _refused(address: Address, status: int, reason: str) -> Exception:
    said = f"{address.stored} answers {status} {address.clean(reason)}".rstrip()
    if status in (404, 410):
        return SourceNotFound(said, hint="check the address")
    if status in _FOR_GOOD or 300 <= status < 400:
        return StoreUnavailable(said, hint="check the address and its credentials; signed URLs expire")
    return Broken(f"it answers {status}")


def _extent(status: int, headers: http.client.HTTPMessage) -> tuple[int, int]:
    """First byte and whole size (RFC 9110, 14.4)."""
    try:
        if status == http.HTTPStatus.PARTIAL_CONTENT:
            span, _, size = headers.get("Content-Range", "").removeprefix("bytes ").partition("/")
            return int(span.partition("-")[0]), int(size)
        return 0, int(headers.get("Content-Length", "0"))
    except ValueError:
        raise Broken("its answer has no readable length") from None


def _validator(headers: http.client.HTTPMessage) -> str:
    """What tells the bytes apart: a strong ETag, or else the time of the last change, unless that is too near
    to exclude another one in the same second (RFC 9110, 8.8.2.2)."""
    etag, changed = headers.get("ETag", ""), headers.get("Last-Modified", "")
    if etag and not etag.startswith("W/"):
        return etag
    try:
        age = parsedate_to_datetime(headers.get("Date", "")) - parsedate_to_datetime(changed)
    except ValueError:
        return ""
    return changed if age.total_seconds() > SETTLED_S else ""


def _reading(address: Address, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    def reading(count: int) -> bytes:
        try:
            return read(count)
        except Exception as error:  # each file system of fsspec has errors of its own
            raise Broken(address.clean(_reason(error))) from None

    return reading


@contextlib.contextmanager
def _open_object(address: Address, start: int, mark: str) -> Iterator[Stream]:
    with _speaking_fsspec(address):
        files = _file_system(address)
        info = files.info(address.fetch)
        if info.get("type") != "file":
            raise MediaRefused(f"{address.stored} is a folder", hint="give the media file itself")
        found = _mark(info)
        begins = start if mark and found == mark else 0
        file = files.open(address.fetch, "rb", block_size=8 << 20, cache_type="readahead")
        file.seek(begins)
    with contextlib.closing(file):
        yield Stream(begins, int(info.get("size") or 0), found, _reading(address, file.read))


def _file_system(address: Address) -> Any:
    from fsspec import get_filesystem_class

    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if address.scheme != "s3":
        return get_filesystem_class(address.scheme)(**options)
    if address.user or address.password:
        options |= {"key": address.user, "secret": address.password}
    files = get_filesystem_class("s3")(**options, config_kwargs=_S3_PATIENCE)
    files.retries = 1  # whoever reads tries again
    return files


def _mark(info: dict[str, Any]) -> str:
    names = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime", "created")
    return next((str(info[name]) for name in names if info.get(name)), "")


@contextlib.contextmanager
def _speaking_fsspec(address: Address) -> Iterator[None]:
    """Each file system of fsspec has errors of its own; what they have in common is little."""
    try:
        yield
    except MediaRefused:
        raise
    except ImportError as error:
        hint = "pip install 'codek7[s3]'" if address.scheme == "s3" else f"install it: {error}"
        raise ToolMissing(f"{address.scheme}:// needs a package that is not installed", hint=hint) from None
    except FileNotFoundError:
        raise SourceNotFound(f"nothing is at {address.stored}", hint="check the address") from None
    except PermissionError as error:
        raise StoreUnavailable(
            f"{address.stored} may not be read: {address.clean(_reason(error))}", hint="check the credentials"
        ) from None
    except Exception as error:
        raise Broken(address.clean(_reason(error))) from None


def _reason(error: BaseException) -> str:
    said = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return f"{type(error).__name__}: {said}" if str(said) else type(error).__name__
