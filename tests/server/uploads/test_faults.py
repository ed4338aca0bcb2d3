"""What goes wrong while bytes come: the disk, the network, other writers, limits, time."""

from __future__ import annotations

import hashlib
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.server.conftest import RunningServer, StartServer
from tests.server.uploads.sending import (
    BYTES,
    TUS,
    begin,
    is_problem,
    like_media,
    offset_of,
    send,
    source_sha256,
    told,
)

MIB = 1 << 20


class Half:
    """A PATCH of which only a part was sent yet."""

    def __init__(self, server: RunningServer, upload: str, length: int, body: bytes, offset: int = 0) -> None:
        to = urlsplit(server.url)
        self._socket = socket.create_connection((to.hostname, to.port), timeout=60)
        head = [f"PATCH {upload} HTTP/1.1", f"Host: {to.netloc}", f"Content-Length: {length}"]
        head += [f"Authorization: Bearer {server.keys['uploader']}", f"Upload-Offset: {offset}"]
        head += [f"{name}: {value}" for name, value in BYTES.items()]
        self._socket.sendall("\r\n".join([*head, "", ""]).encode() + body)

    def send(self, body: bytes) -> None:
        self._socket.sendall(body)

    @contextmanager
    def going_on(self, body: bytes) -> Iterator[None]:
        """A byte of this at once and now and then, so that it does not count as silent; after the block the
        rest."""
        over, sent = threading.Event(), 1
        self.send(body[:1])

        def send() -> None:
            nonlocal sent
            while sent < len(body) and not over.wait(0.2):
                self.send(body[sent : sent + 1])
                sent += 1

        sending = threading.Thread(target=send)
        sending.start()
        try:
            yield
        finally:
            over.set()
            sending.join()
            self.send(body[sent:])

    def status(self) -> int:
        """What it is answered."""
        return int(self._socket.recv(65536).split(b" ")[1])

    def break_off(self) -> None:
        self._socket.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A home whose uploads are on a disk of 24 MiB of their own; None where none may be mounted."""
    folder = tmp_path / "home" / "uploads"
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={24 * MIB}", "none", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    yield folder if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_and_recovered_from(
    small_disk: Path | None, tmp_path: Path, start_server: StartServer
) -> None:
    """Without a disk to fill, a limit on the size of files stands for it."""
    server = start_server(tmp_path / "home", CODEK7_SERVER__UPLOADS__KEEP_FREE_BYTES="0")
    media = like_media(16 * MIB, seed=11)
    with server.client("uploader") as client:
        upload = begin(client, len(media))
        assert send(client, upload, 0, media[: 4 * MIB]).status_code == 204
        if small_disk:
            (small_disk / "ballast").write_bytes(bytes(16 * MIB))
        else:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (7 * MIB, -1))
        is_problem(send(client, upload, 4 * MIB, media[4 * MIB :]), 507, "disk-full")
        reached = offset_of(client, upload)
        assert 4 * MIB <= reached < 10 * MIB
        assert client.get("/health").status_code == 200
        if small_disk:
            (small_disk / "ballast").unlink()
        else:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (-1, -1))
        last = send(client, upload, reached, media[reached:])
        assert last.status_code == 204, last.text
        assert source_sha256(server.home, last.headers["Codek7-Asset"]) == hashlib.sha256(media).hexdigest()


def test_a_connection_that_breaks_keeps_what_came(server: RunningServer) -> None:
    media = like_media(3 * MIB, seed=12)
    with server.client("uploader") as client:
        upload = begin(client, len(media))
        half = Half(server, upload, len(media), media[:1_500_000])
        half.break_off()
        reached = 0
        for _ in range(1000):
            if (reached := offset_of(client, upload)) == 1_500_000:
                break
            time.sleep(0.05)
        assert reached == 1_500_000
        assert send(client, upload, reached, media[reached:]).headers["Codek7-Asset"]


def test_two_writers_at_once(server: RunningServer) -> None:
    media = like_media(2 * MIB, seed=13)
    with server.client("uploader") as client:
        upload = begin(client, len(media))
        half = Half(server, upload, len(media), media[:1_200_000])
        while offset_of(client, upload) == 0:
            time.sleep(0.01)
        with half.going_on(media[1_200_000:]):
            is_problem(send(client, upload, offset_of(client, upload), b"\0" * 1000), 423, "upload-locked")
        assert half.status() == 204
        asset = client.get(upload).json()["asset"]
    assert source_sha256(server.home, asset) == hashlib.sha256(media).hexdigest()


def test_many_writers_at_once(server: RunningServer) -> None:
    """Whoever is first; nobody's bytes mix with another's."""
    bodies = [like_media(600_000, seed=seed) for seed in range(12)]
    with server.client("uploader") as client:
        upload = begin(client, 600_000)
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda body: send(client, upload, 0, body), bodies))
        assert sorted({answer.status_code for answer in answers} | {204}) in (
            [204, 410, 423],
            [204, 410],
            [204, 423],
        )
        (won,) = [n for n, answer in enumerate(answers) if answer.status_code == 204]
        kept = source_sha256(server.home, answers[won].headers["Codek7-Asset"])
    assert kept == hashlib.sha256(bodies[won]).hexdigest()


def test_a_silent_connection_is_not_waited_for(server: RunningServer) -> None:
    """As when a phone changes its network: the old connection is not closed, it only says nothing more."""
    media = like_media(3 * MIB, seed=14)
    with server.client("uploader") as client:
        upload = begin(client, len(media))
        half = Half(server, upload, len(media), media[:1_300_000])
        while (reached := offset_of(client, upload)) < MIB:
            time.sleep(0.01)
        with half.going_on(media[1_300_000:1_300_100]):
            assert send(client, upload, reached, media[reached:]).status_code == 423
        time.sleep(2.2)
        while (last := send(client, upload, reached, media[reached:])).status_code == 423:
            time.sleep(0.1)  # what was said last came late
        assert last.status_code == 204, last.text
        assert half.status() == 409
        assert source_sha256(server.home, last.headers["Codek7-Asset"]) == hashlib.sha256(media).hexdigest()


def test_ended_while_it_comes(server: RunningServer) -> None:
    with server.client("uploader") as client:
        upload = begin(client, 3 * MIB)
        half = Half(server, upload, 3 * MIB, like_media(1_200_000))
        while offset_of(client, upload) == 0:
            time.sleep(0.01)
        assert client.delete(upload, headers=TUS).status_code == 204
        assert half.status() in (409, 410)
        assert client.head(upload, headers=TUS).status_code == 410
        _is_gone(server.home / "uploads" / upload.rsplit("/", 1)[1] / "data")


def _in_chunks(media: bytes) -> Iterator[bytes]:
    """A form of which nothing says how long it is."""
    yield b"--b\r\nContent-Disposition: form-data; name=file; filename=x.mp4\r\n\r\n"
    yield media
    yield b"\r\n--b--\r\n"


def test_limits_and_abandoned_uploads(tmp_path: Path, start_server: StartServer) -> None:
    limits = {"MAX_BYTES": "100000", "MAX_KEY_BYTES": "150000", "MAX_TOTAL_BYTES": "200000", "EXPIRE_S": "8"}
    environ = {f"CODEK7_SERVER__UPLOADS__{name}": value for name, value in limits.items()}
    server = start_server(
        tmp_path / "home", **environ, CODEK7_SERVER__CORS_ORIGINS="https://studio.example.org"
    )
    with server.client("uploader") as client, server.client("admin") as other:
        assert client.options("/api/uploads").headers["Tus-Max-Size"] == "100000"
        is_problem(_begun(client, 100_001), 413, "upload-too-big")
        abandoned = begin(client, 100_000)
        assert send(client, abandoned, 0, like_media(5000)).status_code == 204
        refused = _begun(client, 50_001)
        is_problem(refused, 507, "quota-reached")
        assert "150000 of this key" in refused.json()["detail"]
        refused = _begun(other, 100_000 + 1)
        is_problem(refused, 413, "upload-too-big")
        in_all = _begun(other, 100_000)
        assert in_all.status_code == 201, "fits to the byte"
        refused = _begun(other, 1)
        assert "200000 of this server" in refused.json()["detail"]
        form = client.post("/api/assets", files={"file": ("x.mp4", like_media(100_001))})
        assert form.status_code == 413
        _expires(client, abandoned)
        _is_gone(server.home / "uploads" / abandoned.rsplit("/", 1)[1] / "data")
        media = like_media(90_000)
        assert send(client, begin(client, 90_000), 0, media).headers["Codek7-Asset"]
        is_problem(_begun(client, 60_001), 507, "quota-reached")  # what was taken in counts, too
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        unsaid = client.post("/api/assets", content=_in_chunks(like_media(60_001)), headers=kind)
        assert (unsaid.status_code, unsaid.json()["code"]) == (507, "quota-reached")
        origin = {"Origin": "https://studio.example.org"}
        allowed = client.options("/api/uploads", headers={**origin, "Access-Control-Request-Method": "PATCH"})
        assert allowed.headers["Access-Control-Allow-Origin"] == "https://studio.example.org"
        assert (
            "Upload-Offset" in client.get("/api/me", headers=origin).headers["Access-Control-Expose-Headers"]
        )


def _begun(client: httpx.Client, size: int) -> httpx.Response:
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": told(filename="x.mp4")}
    return client.post("/api/uploads", headers=headers)


def _is_gone(path: Path) -> None:
    """Its bytes go right after it is over."""
    for _ in range(3000):
        if not path.exists():
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} is still there")


def _expires(client: httpx.Client, upload: str) -> None:
    for _ in range(600):
        answer = client.head(upload, headers=TUS)
        if answer.status_code == 410:
            is_problem(send(client, upload, 5000, b"x"), 410, "upload-gone")
            return
        time.sleep(0.1)
    raise AssertionError("it did not expire")


def test_killed_right_after_the_last_byte(tmp_path: Path, start_server: StartServer) -> None:
    """Everything is here, and nobody had noted it."""
    media = like_media(100_000, seed=17)
    server = start_server(tmp_path / "home")
    with server.client("uploader") as client:
        upload = begin(client, len(media))
        assert send(client, upload, 0, media[:50_000]).status_code == 204
    server.process.kill()
    server.process.wait()
    with (server.home / "uploads" / upload.rsplit("/", 1)[1] / "data").open("ab") as file:
        file.write(media[50_000:])
    again = start_server(tmp_path / "home")
    key = {"Authorization": f"Bearer {server.keys['uploader']}"}
    found = httpx.head(f"{again.url}{upload}", headers={**TUS, **key}, timeout=60)
    assert found.headers["Upload-Offset"] == "100000"
    assert source_sha256(again.home, found.headers["Codek7-Asset"]) == hashlib.sha256(media).hexdigest()
