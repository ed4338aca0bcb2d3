"""Servers of this machine to fetch from."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest


class Origin:
    """A server whose answers a test decides; `asked` are the paths that came, with their Host headers."""

    def __init__(self) -> None:
        self.answer: Callable[[http.server.BaseHTTPRequestHandler], None] = lambda to: to.send_error(404)
        self.asked: list[tuple[str, str]] = []
        origin = self

        class Answering(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                origin.asked.append((self.path, self.headers.get("Host", "")))
                self.close_connection = True
                origin.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self) -> Iterator[Origin]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def file(body: bytes, **headers: str) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Answers with these bytes."""

    def answer(to: http.server.BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            to.send_header(name.replace("_", "-"), value)
        to.end_headers()
        to.wfile.write(body)

    return answer


def redirect(to_url: str, status: int = 302) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """Sends on."""

    def answer(to: http.server.BaseHTTPRequestHandler) -> None:
        to.send_response(status)
        to.send_header("Location", to_url)
        to.send_header("Content-Length", "0")
        to.end_headers()

    return answer


@pytest.fixture
def origin() -> Iterator[Origin]:
    yield from Origin().run()


@pytest.fixture
def inner() -> Iterator[Origin]:
    """One that nobody should reach."""
    yield from Origin().run()
