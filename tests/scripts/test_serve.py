"""The demo's static server answers ranges as RFC 9110 says."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from scripts.serve import server

CONTENT = bytes(range(100))


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "object.mp4").write_bytes(CONTENT)
    (tmp_path / "main.m3u8").write_text("#EXTM3U\n")
    with server(tmp_path) as static:
        thread = threading.Thread(target=static.serve_forever, args=[0.02])
        thread.start()
        yield static.server_port
        static.shutdown()
        thread.join()


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, Message, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=90-", 90, 99), ("bytes=-5", 95, 99), ("bytes=50-500", 50, 99)],
)
def test_a_range(port: int, asked: str, first: int, last: int) -> None:
    status, headers, body = ask(port, "/object.mp4", Range=asked)
    assert status == 206
    assert headers["Content-Range"] == f"bytes {first}-{last}/100"
    assert headers["Content-Type"] == "video/mp4"
    assert body == CONTENT[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=200-300", "bytes=-0"])
def test_a_range_that_cannot_be_met(port: int, asked: str) -> None:
    status, headers, body = ask(port, "/object.mp4", Range=asked)
    assert (status, body) == (416, b"")
    assert headers["Content-Range"] == "bytes */100"


@pytest.mark.parametrize("asked", ["bytes=9-3", "bytes=-", "bytes=0-1,5-6", "pages=1-2"])
def test_a_range_that_is_ignored(port: int, asked: str) -> None:
    assert ask(port, "/object.mp4", Range=asked)[::2] == (200, CONTENT)


def test_without_a_range_and_head(port: int) -> None:
    status, headers, body = ask(port, "/object.mp4")
    assert (status, body, headers["Accept-Ranges"]) == (200, CONTENT, "bytes")
    status, headers, body = ask(port, "/object.mp4", "HEAD", Range="bytes=0-9")
    assert (status, headers["Content-Length"], body) == (206, "10", b"")
    assert ask(port, "/main.m3u8")[1]["Content-Type"] == "application/vnd.apple.mpegurl"
    assert ask(port, "/nothing.mp4", Range="bytes=0-9")[0] == 404


def test_nothing_outside_the_folder(port: int, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.txt").write_text("secret")
    assert ask(port, "/../secret.txt", Range="bytes=0-3")[0] == 404
    assert ask(port, "/%2e%2e/secret.txt", Range="bytes=0-3")[0] == 404
