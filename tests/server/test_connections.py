"""Requests that no honest client sends: each gets a problem response, or its connection is closed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from codek7_server.connections import HEAD_S, MOST_HEAD_BYTES, REST_S, Connection, Gate, end_late_ones
from codek7_server.problems import MEDIA_TYPE
from tests.server.conftest import RunningServer, StartServer

DEEP = 7_000


def connected(server: RunningServer) -> socket.socket:
    address = urlsplit(server.url)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=60)


def test_a_head_without_an_end_is_cut(server: RunningServer) -> None:
    with connected(server) as client:
        client.settimeout(HEAD_S / 2)  # for its size, not because it takes too long
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        sent = 0
        with suppress(ConnectionError):  # it hangs up
            while sent < 4 * MOST_HEAD_BYTES:
                sent += client.send(b"X-More: %s\r\n" % (b"a" * 4096))
                time.sleep(0.001)
            while client.recv(4096):
                pass


def test_a_head_that_is_too_large_is_refused_and_others_are_not(server: RunningServer) -> None:
    with connected(server) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        time.sleep(0.2)
        client.sendall(b"X-More: %s" % (b"a" * (MOST_HEAD_BYTES + 4096)))
        with client.makefile("rb") as answer:
            assert b" 431 " in answer.readline()
    with connected(server) as client, client.makefile("rb") as answer:
        for _ in range(40):  # on one connection, more than one head may have, in pieces
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Some: %s\r\n" % (b"a" * 4096))
            client.sendall(b"\r\n")
            assert b" 200 " in answer.readline()
            while answer.readline().strip():
                pass
            assert answer.read(15) == b'{"status":"ok"}'


class Closing:
    """What a connection closes."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(("waits_s", "closed"), [(HEAD_S + 1, True), (HEAD_S - 1, False), (None, False)])
def test_who_does_not_ask_is_let_go(waits_s: float | None, closed: bool) -> None:
    now_s = 1000.0
    connection = Connection.__new__(Connection)
    connection.transport = transport = Closing()  # type: ignore[assignment]  # all that is asked of it
    connection.waits_since_s = now_s - waits_s if waits_s is not None else 0.0
    end_late_ones([connection, HttpToolsProtocol.__new__(HttpToolsProtocol)], now_s)
    assert transport.closed is closed


@pytest.mark.parametrize(("answered", "since_s", "closed"), [
    (True, REST_S + 1, True), (True, REST_S - 1, False), (False, REST_S + 1, False), (True, None, False),
])  # fmt: skip
def test_who_goes_on_sending_after_the_answer_is_let_go(
    answered: bool, since_s: float | None, closed: bool
) -> None:
    now_s = 1000.0
    connection = Connection.__new__(Connection)
    connection.transport = transport = Closing()  # type: ignore[assignment]  # all that is asked of it
    connection.cycle = SimpleNamespace(response_complete=answered)  # type: ignore[assignment]  # as well
    connection.body_since_s = now_s - since_s if since_s is not None else 0.0
    end_late_ones([connection], now_s)
    assert transport.closed is closed


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(tmp_path / "home", CODEK7_SERVER__BODY_S="1")
    for path, kind in (("/api/session", b"application/json"), ("/api/playback-records", b"text/plain")):
        with connected(server) as client, client.makefile("rb") as answer:
            client.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\n" % path.encode())
            client.sendall(b"Content-Type: %s\r\nContent-Length: 100\r\n\r\n{" % kind)
            said = answer.read()  # to its end: the connection is closed
            assert said.startswith(b"HTTP/1.1 408 "), said
            assert b'"code":"request-too-slow"' in said
    with connected(server) as client, client.makefile("rb") as answer:
        client.sendall(b"POST /api/playback-records HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{")
        client.sendall(b"}")
        assert b" 400 " in answer.readline(), "what comes in time is read"


def test_an_address_has_so_many_connections_and_proxies_any_number(
    tmp_path: Path, start_server: StartServer
) -> None:
    server = start_server(
        tmp_path / "home", CODEK7_SERVER__CONNECTIONS_PER_ADDRESS="3", CODEK7_SERVER__TRUSTED_PROXIES="[]"
    )
    with ExitStack() as stack:
        held = [stack.enter_context(connected(server)) for _ in range(3)]
        held[0].sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert held[0].recv(4096).startswith(b"HTTP/1.1 200 ")
        with connected(server) as one_more, one_more.makefile("rb") as answer:
            said = answer.read()
        assert said.startswith(b"HTTP/1.1 429 "), said
        assert b'"code":"too-many-requests"' in said
    with server.client() as client:
        for _ in range(600):
            with suppress(httpx.HTTPError):
                if client.get("/health").status_code == 200:
                    break
            time.sleep(0.1)
        else:
            pytest.fail("connections that ended still count")


@pytest.mark.parametrize(("trusted", "address", "enters"), [
    ((), "192.0.2.7", False), (("192.0.2.7",), "192.0.2.7", True), (("192.0.2.0/24",), "192.0.2.7", True),
    (("*",), "192.0.2.7", True), (("10.0.0.0/8", "proxy", "::1"), "192.0.2.7", False),
])  # fmt: skip
def test_trusted_proxies_are_known_by_address_and_network(
    trusted: tuple[str, ...], address: str, enters: bool
) -> None:
    gate = Gate(1, trusted)
    assert gate.enter(address)
    assert gate.enter(address) is enters


@pytest.mark.parametrize("path", ["/api/session", "/api/keys", "/api/sql", "/api/playback-records"])
@pytest.mark.parametrize("body", ["[" * DEEP, '{"key":' + "[" * DEEP + "]" * DEEP + "}"])
def test_what_is_nested_too_deeply_is_refused(server: RunningServer, path: str, body: str) -> None:
    with server.client("admin") as client:
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize("host", ["media:abc", "media:99999"])
def test_a_host_that_cannot_be_is_refused(server: RunningServer, host: str) -> None:
    with server.client() as client:
        answer = client.get("/api/assets", headers={"Host": host})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE


@pytest.mark.parametrize(("flags", "environ", "said"), [
    (["--port", "TAKEN"], {}, "Address already in use"),
    (["--host", "192.0.2.1"], {}, "192.0.2.1"),
    (["--host", "no such host"], {}, "no such host"),
    ([], {"CODEK7_SERVER__PORT": "70000"}, "server.port"),
    ([], {"CODEK7_SERVER__URL": "media.example.org"}, "server.url"),
    ([], {"CODEK7_SERVER__URL": "http://[::1"}, "server.url"),
    ([], {"CODEK7_LOG": "loud"}, "CODEK7_LOG"),
])  # fmt: skip
def test_a_server_that_cannot_be_started_says_why(
    server: RunningServer, tmp_path: Path, flags: list[str], environ: dict[str, str], said: str
) -> None:
    flags = [str(urlsplit(server.url).port) if flag == "TAKEN" else flag for flag in flags]
    done = subprocess.run(
        [sys.executable, "-m", "codek7", "serve", "--home", str(tmp_path), *flags],
        env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
