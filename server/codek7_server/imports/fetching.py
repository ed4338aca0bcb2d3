"""One GET of a URL through the guard, redirects followed by hand, the body given as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import httpcore

from codek7.core.errors import FetchFailed
from codek7_server.outbound.guard import CONNECT_S, Guard

REDIRECTS = 5
SILENCE_S = 30.0
_HEADERS = [("User-Agent", "codek7"), ("Accept", "*/*"), ("Accept-Encoding", "identity")]
_TIMEOUTS = {"connect": CONNECT_S, "read": SILENCE_S, "write": SILENCE_S, "pool": SILENCE_S}
_MOVED = (301, 302, 303, 307, 308)


class Answer(NamedTuple):
    """A file that comes. `size_bytes`: None where nobody says. `filename`: as the server calls it."""

    size_bytes: int | None
    filename: str
    body: AsyncIterator[bytes]


@asynccontextmanager
async def fetching(guard: Guard, url: str) -> AsyncIterator[Answer]:
    """The file at a URL. Raises `AddressRefused` and `FetchFailed`, here and while its body is read."""
    async with guard.client() as client:
        for _ in range(REDIRECTS + 1):
            guard.check_url(url)
            async with _asked(client, url) as answer:
                if answer.status not in _MOVED:
                    yield _answer(url, answer)
                    return
                location = _header(answer, b"location")
                if not location:
                    raise FetchFailed(
                        "the server redirects, and does not say where", hint="check the address"
                    )
                url = urljoin(url, location)
    raise FetchFailed(
        f"the server redirects more than {REDIRECTS} times", hint="give the last address itself"
    )


@asynccontextmanager
async def _asked(client: httpcore.AsyncConnectionPool, url: str) -> AsyncIterator[httpcore.Response]:
    try:
        async with client.stream("GET", url, headers=_HEADERS, extensions={"timeout": _TIMEOUTS}) as answer:
            yield answer
    except httpcore.TimeoutException:
        raise FetchFailed("the server does not answer in time", hint="try again later") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise FetchFailed(f"the connection failed: {str(error)[:200]}", hint="check the address") from None


def _answer(url: str, answer: httpcore.Response) -> Answer:
    if answer.status != 200:
        raise FetchFailed(f"the server answers {answer.status}", hint="check the address; signed URLs expire")
    if _header(answer, b"content-encoding") not in ("", "identity"):
        raise FetchFailed("the server compresses what was asked for as it is", hint="give another address")
    said = _header(answer, b"content-length")
    size = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
    disposition = Message()
    disposition["Content-Disposition"] = _header(answer, b"content-disposition").replace("\n", " ")
    name = disposition.get_filename() or unquote(urlsplit(url).path).rpartition("/")[2]
    return Answer(size, name, answer.aiter_stream())


def _header(answer: httpcore.Response, name: bytes) -> str:
    found = (value for key, value in answer.headers if key.lower() == name)
    return next(found, b"").decode("latin-1").replace("\r", " ").replace("\n", " ")
