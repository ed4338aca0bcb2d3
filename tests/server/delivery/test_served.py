"""A real delivery server: files through the kernel, many clients, clients that stall or leave."""

from __future__ import annotations

import contextlib
import random
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from codek7.core.ports import Store
from codek7.plugins.store_fsspec import codek7_open_store
from codek7_server.delivery import keys
from codek7_server.delivery.tokens import Tokens
from tests.server.delivery.conftest import FOLDER, MEDIA, PLAYLIST, fill
from tests.server.delivery.fronts import Alone, serve_alone

BIG = random.Random(1).randbytes(1 << 20) * 16
STALLED = 100

get = partial(httpx.get, timeout=60)


class Served(NamedTuple):
    """A server, its store, and who makes its addresses."""

    alone: Alone
    store: Store
    tokens: Tokens

    def url(self, path: str) -> str:
        """The whole address of an object."""
        return self.alone.url + self.tokens.url(f"{FOLDER}/{path}")


@contextlib.contextmanager
def served_from(home: Path) -> Iterator[Served]:
    """A server over a new folder."""
    url = (home / "store").as_uri()
    store = codek7_open_store(url, {})
    assert store is not None
    fill(store)
    store.put(f"{FOLDER}/big.m4s", BIG)
    tokens = Tokens.open(home, environ={})
    with serve_alone(home, url) as alone:
        yield Served(alone, store, tokens)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the tests that leave it as it is."""
    with served_from(tmp_path_factory.mktemp("served")) as it:
        yield it


def stall(url: str, window_bytes: int = 4096) -> socket.socket:
    """A client that asks, reads the first bytes, and then nothing."""
    parts = urlsplit(url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window_bytes)
    client.connect((parts.hostname, parts.port))
    client.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def test_what_is_there_beside_media(served: Served) -> None:
    health = get(f"{served.alone.url}/health")
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert httpx.head(f"{served.alone.url}/health", timeout=60).content == b""
    for path in ("/", "/api/assets", "/ready", "/metrics", "/vv"):
        answer = get(served.alone.url + path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_one_connection_carries_answers_of_all_kinds(served: Served) -> None:
    """The kernel's bytes, those of this process and headers do not overtake each other."""
    turn = random.Random(3)
    with httpx.Client(timeout=60) as client:
        for _ in range(60):
            start = turn.randrange(len(BIG))
            end = min(len(BIG) - 1, start + turn.randrange(3_000_000))
            part = client.get(served.url("big.m4s"), headers={"Range": f"bytes={start}-{end}"})
            assert part.status_code == 206
            assert part.content == BIG[start : end + 1]
            assert client.get(served.url("main.m3u8")).content == PLAYLIST
            assert client.head(served.url("big.m4s")).headers["content-length"] == str(len(BIG))
            assert client.get(served.url("none.m4s")).status_code == 404
        several = client.get(served.url("big.m4s"), headers={"Range": "bytes=0-99,1000-1999999,-5"})
        assert several.status_code == 206
        for body in (BIG[:100], BIG[1000:2_000_000], BIG[-5:]):
            assert body in several.content
        assert len(several.content) == int(several.headers["content-length"])


def test_requests_may_come_before_answers_are_read(served: Served) -> None:
    """HTTP/1.1 pipelining, over small answers, large ones and those kept ready."""
    parts = urlsplit(served.alone.url)
    paths = ["main.m3u8", "video-0/00000.m4s", "main.m3u8", "none.m4s", "big.m4s", "main.m3u8"]
    lines = [f"GET {served.tokens.url(f'{FOLDER}/{path}')} HTTP/1.1\r\nHost: x\r\n" for path in paths]
    asked = "\r\n".join(lines) + "Connection: close\r\n\r\n"
    with socket.create_connection((parts.hostname, parts.port or 0), timeout=60) as client:
        client.sendall(asked.encode())
        got = b"".join(iter(lambda: client.recv(1 << 20), b""))
    statuses = [got[at + 9 : at + 12] for at in _all(got, b"HTTP/1.1 ") if got[at + 9 : at + 12].isdigit()]
    assert statuses == [b"200", b"200", b"200", b"404", b"200", b"200"]
    assert got.count(PLAYLIST) == 3
    assert MEDIA in got
    assert BIG in got


def _all(text: bytes, what: bytes) -> Iterator[int]:
    at = text.find(what)
    while at >= 0:
        yield at
        at = text.find(what, at + 1)


def test_an_old_client_is_answered_and_let_go(served: Served) -> None:
    parts = urlsplit(served.url("main.m3u8"))
    for _ in range(2):
        with socket.create_connection((parts.hostname, parts.port or 0), timeout=60) as client:
            client.sendall(f"GET {parts.path} HTTP/1.0\r\n\r\n".encode())
            got = b"".join(iter(lambda: client.recv(1 << 20), b""))
        assert got.endswith(PLAYLIST)
        assert b"\r\nconnection: close\r\n" in got


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_clients_that_stall_hold_no_memory_and_nobody_up(served: Served) -> None:
    get(served.url("big.m4s"))
    before = served.alone.memory_bytes
    clients = [stall(served.url("big.m4s")) for _ in range(STALLED)]
    try:
        for _ in range(5):
            assert get(served.url("big.m4s")).content == BIG
            assert get(served.url("main.m3u8")).content == PLAYLIST
        assert served.alone.memory_bytes - before < 32 << 20, "none of their 1,600 MB"
    finally:
        for client in clients:
            client.close()
    assert get(served.url("big.m4s")).content == BIG


@pytest.mark.skipif(sys.platform != "linux", reason="open files are read from /proc")
def test_clients_that_leave_are_forgotten(served: Served) -> None:
    def files() -> int:
        return len(list(Path(f"/proc/{served.alone.process.pid}/fd").iterdir()))

    get(served.url("big.m4s"))
    before = files()
    for _ in range(30):
        stall(served.url("big.m4s")).close()
    deadline = time.monotonic() + 60
    while files() > before + 5 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert files() <= before + 5


def test_what_stalled_goes_on(served: Served) -> None:
    client = stall(served.url("big.m4s"), 1 << 20)
    time.sleep(0.3)
    client.settimeout(60)
    got = bytearray()
    while not (b"\r\n\r\n" in got and len(got) - got.index(b"\r\n\r\n") >= len(BIG) + 4):
        got += client.recv(1 << 20)
    client.close()
    assert got.endswith(BIG)


def test_many_at_once(served: Served) -> None:
    with ThreadPoolExecutor(16) as several, httpx.Client(timeout=60) as client:
        ranges = [(at * 100_000, at * 100_000 + 99_999) for at in range(160)]
        asked = [{"Range": f"bytes={first}-{last}"} for first, last in ranges]
        answers = several.map(
            lambda headers: client.get(served.url("big.m4s"), headers=headers).content, asked
        )
        assert b"".join(answers) == BIG[: 160 * 100_000]


def test_removal_rotation_and_the_end(tmp_path: Path) -> None:
    with served_from(tmp_path) as own:
        url = own.url("main.m3u8")
        assert [get(url).status_code for _ in range(3)] == [200] * 3
        keys.rotate(tmp_path, int(time.time()), 100_000, notice_s=0)
        assert {get(each).status_code for each in (url, own.url("main.m3u8"))} == {200}
        own.store.remove([f"{FOLDER}/main.m3u8"])
        assert get(url).status_code == 404
        own.store.put(f"{FOLDER}/main.m3u8", PLAYLIST)
        assert get(url).status_code == 200
        keys.rotate(tmp_path, int(time.time()), 0)
        time.sleep(1.2)
        assert get(url).status_code == 403
        slow = threading.Thread(target=lambda: get(own.url("big.m4s")))
        slow.start()
        slow.join()
    assert (tmp_path / "delivery.log").read_text().count("Traceback") == 0
    assert not (tmp_path / "catalog.duckdb").exists()
