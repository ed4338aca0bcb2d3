"""A check over HTTP: what servers must do, and what ours does to them."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from codek7.check import HttpFetch, check_presentation

pytestmark = pytest.mark.media
TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment", ".vtt": "text/vtt"}
PLAIN = {"apple.11.1-tls"}  # the tests' server has no certificate


class Server(BaseHTTPRequestHandler):
    """Serves a folder as it should be served, but for the habits in `bad`."""

    protocol_version = "HTTP/1.1"
    root: Path
    bad: frozenset[str] = frozenset()

    def do_GET(self) -> None:
        path = self.root / self.path.lstrip("/").partition("?")[0].removeprefix("moved/")
        if not path.is_file():
            self._send(404, b"", {})
            return
        media = path.suffix != ".m3u8"
        if "redirects" in self.bad and media and not self.path.startswith("/moved/"):
            self._send(302, b"", {"Location": f"/moved{self.path}"})
            return
        if "loops" in self.bad and media:
            self._send(302, b"", {"Location": self.path})
            return
        body, headers = path.read_bytes(), {"Content-Type": TYPES[path.suffix]}
        if "types" in self.bad:
            headers["Content-Type"] = "text/plain" if media else "text/html"
        if not media and "unzipped" not in self.bad:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        if not media and "bomb" in self.bad:
            body = gzip.compress(b"#EXTM3U\n" + b"#\n" * 20_000_000)
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked and "whole" not in self.bad:
            first, last = int(asked[1]), int(asked[2] or len(body) - 1)
            headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
            self._send(206, body[first : last + 1], headers)
            return
        self._send(200, body, headers)

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(root: Path, *bad: str) -> Iterator[str]:
    handler = type("Handler", (Server,), {"root": root, "bad": frozenset(bad)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/main.m3u8"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_good_server_is_found_to_be_good(sound_fmp4: Path) -> None:
    with served(sound_fmp4) as url:
        report = check_presentation(url)
    assert report.faults == ()
    local = {fault.rule for fault in check_presentation(sound_fmp4 / "main.m3u8").advice}
    assert {fault.rule for fault in report.advice} - local == PLAIN


@pytest.mark.parametrize(
    ("habit", "rules"),
    [
        ("redirects", {"apple.8.18-redirect"}),
        ("loops", {"apple.8.18-redirect", "codek7.unreadable"}),
        ("unzipped", {"apple.10.1-gzip"}),
        ("whole", {"rfc8216bis.4.4.4.2-range-answer"}),
    ],
)
def test_a_bad_habit_is_found(sound_fmp4: Path, habit: str, rules: set[str]) -> None:
    with served(sound_fmp4, habit) as url:
        report = check_presentation(url)
    assert {fault.rule for fault in report.faults} == rules, str(report)


def test_wrong_types_are_advice(sound_fmp4: Path) -> None:
    with served(sound_fmp4, "types") as url:
        report = check_presentation(url)
    assert report.ok
    assert {"apple.10.4-playlist-type", "apple.10.4-media-type"} <= {fault.rule for fault in report.advice}


def test_a_bomb_is_not_unpacked(sound_fmp4: Path) -> None:
    with served(sound_fmp4, "bomb") as url:
        report = check_presentation(url)
    assert [fault.rule for fault in report.faults] == ["codek7.playlist-unreadable"]


def test_a_missing_playlist_names_the_status(sound_fmp4: Path) -> None:
    with served(sound_fmp4) as url:
        report = check_presentation(url.replace("main", "gone"))
    assert report.faults[0].found == "HTTP 404"


def test_nobody_there_is_a_fault() -> None:
    fetch = HttpFetch(timeout_s=2)
    report = check_presentation("http://127.0.0.1:9/main.m3u8", fetch=fetch)
    assert [fault.rule for fault in report.faults] == ["codek7.playlist-unreadable"]


def test_a_redirect_off_http_is_not_followed(tmp_path: Path) -> None:
    class Elsewhere(Server):
        def do_GET(self) -> None:
            self._send(302, b"", {"Location": "file:///etc/hostname"})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        report = check_presentation(f"http://127.0.0.1:{server.server_address[1]}/main.m3u8")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert "not an http(s) address" in report.faults[0].found
