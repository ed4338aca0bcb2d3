"""Somebody who is told."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pytest


class Message(NamedTuple):
    """A delivery as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Takes deliveries; `statuses` are what it answers, one after the other, and 204 from then on."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.statuses: list[int] = []
        self.there = threading.Condition()
        receiver = self

        class Answering(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                with receiver.there:  # before it is answered: the next one comes in another thread
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    receiver.messages.append(Message(self.path, headers, body))
                    receiver.there.notify_all()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def wait(self, count: int) -> list[Message]:
        """Until so many have come."""
        with self.there:
            came = self.there.wait_for(lambda: len(self.messages) >= count, 60)
        assert came, f"{len(self.messages)} of {count} came"
        return self.messages

    def run(self) -> Iterator[Receiver]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    yield from Receiver().run()
