"""Imports at a real server."""

from __future__ import annotations

import hashlib
import signal
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import RunningServer, StartServer
from tests.server.imports.conftest import Origin, file, redirect
from tests.server.uploads.sending import like_media, source_sha256

MIB = 1 << 20


@pytest.fixture(scope="module")
def importing(
    no_settings_from_outside: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningServer, httpx.Client]]:
    """A server that may ask this machine's own servers."""
    from tests.server.conftest import start

    environ = {"OUTBOUND__ALLOW": "127.0.0.1/32", "UPLOADS__MAX_BYTES": str(4 * MIB)}
    home = tmp_path_factory.mktemp("importing") / "home"
    server = start(home, keys=None, **{f"CODEK7_SERVER__{name}": value for name, value in environ.items()})
    with server.client("uploader") as client:
        yield server, client
    server.process.kill()
    server.process.wait()


def begin(client: httpx.Client, url: str, **said: str) -> str:
    answer = client.post("/api/imports", json={"url": url, **said})
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/api/imports/{answer.json()['id']}"
    return str(answer.headers["Location"])


def end_of(client: httpx.Client, path: str) -> dict[str, Any]:
    """What became of it."""
    deadline = time.monotonic() + 60
    while True:
        said: dict[str, Any] = client.get(path).json()
        if said["state"] != "fetching":
            return said
        assert time.monotonic() < deadline, said
        time.sleep(0.05)


def test_a_url_becomes_an_asset(importing: tuple[RunningServer, httpx.Client], origin: Origin) -> None:
    server, client = importing
    media = like_media(3 * MIB, seed=21)
    whole = file(media, Content_Disposition='attachment; filename="../A film.webm"')
    origin.answer = lambda to: (redirect("/films/x?signature=1") if to.path == "/x" else whole)(to)
    said = end_of(client, begin(client, f"{origin.url}/x", title="Fetched", visibility="unlisted"))
    assert (said["state"], said["received_bytes"], said["size_bytes"]) == ("done", len(media), len(media)), (
        said
    )
    assert source_sha256(server.home, said["asset"]) == hashlib.sha256(media).hexdigest()
    assert [path.name for path in (server.home / "sources" / said["asset"]).iterdir()] == ["source.webm"]
    assert said["trouble"] is None
    assert said["id"] in {each["id"] for each in client.get("/api/imports").json()["items"]}


def is_gone(path: Path) -> None:
    deadline = time.monotonic() + 60
    while path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def cut_short(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.send_header("Content-Length", "100000")
    to.end_headers()
    to.wfile.write(like_media(50_000))


def announced(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.send_header("Content-Length", "99999999999")
    to.end_headers()


def endless(to: BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.end_headers()
    to.wfile.write(like_media(MIB))
    while True:
        to.wfile.write(b"\0" * MIB)


@pytest.mark.parametrize(
    ("answer", "code", "detail"),
    [
        (file(b"#EXTM3U\nfile:///etc/passwd\n"), "media-refused", "playlist"),
        (file(b"<html>Not here</html>"), "media-refused", "web page"),
        (file(b""), "media-refused", "empty"),
        (cut_short, "fetch-failed", ""),
        (endless, "upload-too-big", "limit"),
        (announced, "upload-too-big", "limit"),
        (file(b"x", Content_Encoding="gzip"), "fetch-failed", "compresses"),
        (redirect("http://169.254.169.254/latest/meta-data/"), "address-refused", "not public"),
        (redirect("http://[::1]:80/"), "address-refused", "not public"),
        (lambda to: to.send_error(403), "fetch-failed", "403"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_says_why(
    importing: tuple[RunningServer, httpx.Client], origin: Origin, answer: Any, code: str, detail: str
) -> None:
    server, client = importing
    origin.answer = answer
    said = end_of(client, begin(client, f"{origin.url}/film.mp4"))
    assert (said["state"], said["trouble"]["code"], said["asset"]) == ("failed", code, ""), said
    assert detail in said["trouble"]["detail"]
    assert said["trouble"]["hint"]
    is_gone(server.home / "uploads" / said["id"] / "data")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://u:p@127.0.0.1/", "http://2130706433/", "ftp://x/"]
)
def test_urls_that_are_refused_at_once(importing: tuple[RunningServer, httpx.Client], url: str) -> None:
    answer = importing[1].post("/api/imports", json={"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "address-refused")


def test_nothing_inside_is_asked_by_default(server: RunningServer, origin: Origin) -> None:
    with server.client("uploader") as client:
        for host in ("127.0.0.1", "localhost", "[::1]"):
            answer = client.post("/api/imports", json={"url": f"http://{host}:{origin.port}/"})
            assert answer.json()["code"] == "address-refused", "for its port"
            said = end_of(client, begin(client, f"http://{host}/"))
            assert said["trouble"]["code"] == "address-refused"
            assert "not public" in said["trouble"]["detail"]
    assert origin.asked == []


def test_it_can_be_cancelled(importing: tuple[RunningServer, httpx.Client], origin: Origin) -> None:
    server, client = importing
    origin.answer = slow(2 * MIB)
    path = begin(client, f"{origin.url}/slow.mp4")
    while (said := client.get(path).json())["received_bytes"] < MIB:
        time.sleep(0.02)
    assert (said["state"], said["size_bytes"]) == ("fetching", 2 * MIB)
    with server.client("viewer") as other:
        assert other.delete(path).status_code == 403
    assert client.delete(path).status_code == 204
    assert client.get(path).json()["state"] == "cancelled"
    is_gone(server.home / "uploads" / said["id"] / "data")


def test_a_restart_begins_it_again(start_server: StartServer, origin: Origin, tmp_path: Path) -> None:
    media = like_media(2 * MIB, seed=22)
    origin.answer = slow(2 * MIB)
    environ = {"CODEK7_SERVER__OUTBOUND__ALLOW": "127.0.0.1/32"}
    server = start_server(tmp_path / "home", **environ)
    with server.client("uploader") as client:
        path = begin(client, f"{origin.url}/slow.mp4")
        while client.get(path).json()["received_bytes"] < MIB:
            time.sleep(0.02)
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    origin.answer = file(media)
    again = start_server(tmp_path / "home", **environ)
    with httpx.Client(
        base_url=again.url, headers={"Authorization": f"Bearer {server.keys['uploader']}"}, timeout=60
    ) as client:
        said = end_of(client, path)
    assert said["state"] == "done", said
    assert source_sha256(again.home, said["asset"]) == hashlib.sha256(media).hexdigest()


def slow(size: int) -> Any:
    """Comes up to the middle, and then a byte at a time."""

    def answer(to: BaseHTTPRequestHandler) -> None:
        media = like_media(size)
        to.send_response(200)
        to.send_header("Content-Length", str(size))
        to.end_headers()
        to.wfile.write(media[: size * 3 // 4])
        try:
            for at in range(size * 3 // 4, size):
                to.wfile.write(media[at : at + 1])
                to.wfile.flush()
                time.sleep(0.1)
        except OSError:
            return

    return answer
