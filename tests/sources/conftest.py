"""An HTTP server that tells its tests what it was asked, and breaks as they want."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple, Protocol

import pytest

from codek7.core.media import Limits, Source
from codek7.sources import fetch_source

BODY = bytes(range(256)) * 40_000
"""Some 10 MB: several reads."""


class Reply(NamedTuple):
    """`cut`: end the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None


class Question(NamedTuple):
    """A request as it came; `number` from 0."""

    path: str
    headers: dict[str, str]
    number: int


class Web:
    """A server. `reply` answers; `asked` keeps the questions."""

    def __init__(self) -> None:
        self.reply: Callable[[Question], Reply] = lambda question: serve(BODY, question)
        self.asked: list[Question] = []
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _answering(self))
        self.server.daemon_threads = True

    @property
    def host(self) -> str:
        """Name and port."""
        return f"127.0.0.1:{self.server.server_address[1]}"

    def url(self, path: str = "clip.mp4") -> str:
        """An address of the server."""
        return f"http://{self.host}/{path}"


def serve(body: bytes, question: Question, *, etag: str = '"one"', cut: int | None = None) -> Reply:
    """As a good server does, ranges included."""
    named = (("ETag", etag),) if etag else ()
    start = int(question.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
    if not start or question.headers.get("If-Range") != etag:
        return Reply(200, body, named, cut)
    span = ("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
    return Reply(206, body[start:], (*named, span), cut)


def _answering(web: Web) -> type[http.server.BaseHTTPRequestHandler]:
    class Answering(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with web.lock:
                question = Question(self.path, dict(self.headers), len(web.asked))
                web.asked.append(question)
            reply = web.reply(question)
            self.send_response(reply.status)
            if not any(name == "Content-Length" for name, _ in reply.headers):
                self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers:
                if value:
                    self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                self.wfile.write(reply.body[: reply.cut])
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Answering


@pytest.fixture
def web() -> Iterator[Web]:
    """The server, until the test ends."""
    web = Web()
    thread = threading.Thread(target=web.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield web
    web.server.shutdown()
    web.server.server_close()
    thread.join()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache folder that does not exist yet."""
    return tmp_path / "home" / "cache"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between attempts. Only there: whoever else sleeps has a reason."""
    monkeypatch.setattr("codek7.sources.download.time", SimpleNamespace(sleep=lambda _: None))


class Fetch(Protocol):
    """`fetch_source` into the test's cache."""

    def __call__(self, uri: str, **changed: object) -> tuple[Source, Path]: ...


@pytest.fixture
def fetch(cache: Path) -> Fetch:
    """`fetch(uri)`."""

    def fetch(uri: str, **changed: object) -> tuple[Source, Path]:
        named: dict[str, object] = {"limits": Limits(), "cache_bytes": 10**9} | changed
        return fetch_source(uri, cache, **named)  # type: ignore[arg-type]  # what a test changes is its matter

    return fetch


def stored(cache: Path) -> list[str]:
    """Names of all that the cache holds of sources, half ones included."""
    folder = cache / "sources"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
