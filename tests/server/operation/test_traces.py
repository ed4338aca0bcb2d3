"""Traces reach a collector, without keys."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from codek7_server.operation.traces import tracing
from tests.server.conftest import StartServer


class Collector(http.server.BaseHTTPRequestHandler):
    """Keeps what it is sent."""

    sent: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.sent.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    kept: list[tuple[str, bytes]] = []
    listening = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Keeping", (Collector,), {"sent": kept})
    )
    threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_address[1]}", kept
    listening.shutdown()
    listening.server_close()


def test_nothing_is_traced_unless_asked_for() -> None:
    assert tracing("") == []


def test_requests_are_traced(
    tmp_path: Path, start_server: StartServer, collector: tuple[str, list[tuple[str, bytes]]]
) -> None:
    url, kept = collector
    server = start_server(tmp_path / "home", CODEK7_SERVER__TELEMETRY_URL=url)
    with server.client("viewer") as client:
        assert client.get("/api/me").status_code == 200
    assert server.stop() == 0
    assert {path for path, _ in kept} == {"/v1/traces"}
    told = b"".join(body for _, body in kept)
    assert b"/api/me" in told
    assert b"codek7" in told
    assert server.keys["viewer"].split("_")[2].encode() not in told
