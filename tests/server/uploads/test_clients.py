"""The clients that people use, through the death of the server."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient

from tests.server.conftest import RunningServer, StartServer
from tests.server.uploads.sending import (
    BYTES,
    begin,
    checksum,
    like_media,
    offset_of,
    send,
    source_sha256,
)
from tests.servers import free_port

MIB = 1 << 20
SIZE = 24 * MIB


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(like_media(SIZE, seed=5))
    return path


class JsClient:
    """tus-js-client at work."""

    def __init__(self, node: str, web_dir: Path, server: RunningServer, film: Path, chunk: int) -> None:
        argv = [
            node,
            "upload.mjs",
            f"{server.url}/api/uploads",
            server.keys["uploader"],
            str(film),
            str(chunk),
        ]
        self._process = subprocess.Popen(argv, cwd=web_dir, stdout=subprocess.PIPE, text=True)

    def next(self) -> dict[str, object]:
        """What it says next."""
        assert self._process.stdout
        said: dict[str, object] = json.loads(self._process.stdout.readline() or "{}")
        return said

    def end(self) -> dict[str, object]:
        """What it says last."""
        while (said := self.next()) and "accepted" in said:
            pass
        assert self._process.wait(60) == 0
        return said


@pytest.mark.parametrize("chunk", [0, 5 * MIB])
def test_tus_js_client(node: str, web_dir: Path, server: RunningServer, film: Path, chunk: int) -> None:
    said = JsClient(node, web_dir, server, film, chunk).end()
    assert said.get("asset"), said
    assert source_sha256(server.home, str(said["asset"])) == hashlib.sha256(film.read_bytes()).hexdigest()


def test_tus_js_client_hears_why_not(node: str, web_dir: Path, server: RunningServer, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"#EXTM3U\nhttp://127.0.0.1/x.ts\n")
    said = JsClient(node, web_dir, server, tmp_path / "film.mp4", 0).end()
    assert said["status"] == 415
    assert "an HLS or M3U playlist" in str(said["failed"])


def test_tuspy_with_checksums(server: RunningServer, film: Path) -> None:
    uploader = _tuspy(server, film, upload_checksum=True)
    uploader.upload()
    assert uploader.request.response_headers["codek7-asset"]
    asset = uploader.request.response_headers["codek7-asset"]
    assert source_sha256(server.home, asset) == hashlib.sha256(film.read_bytes()).hexdigest()


def test_killed_on_the_way_and_resumed(
    node: str, web_dir: Path, film: Path, start_server: StartServer, tmp_path: Path
) -> None:
    """Four uploads at once, and kill -9. Three go on where the server says they are; of the fourth, which was
    sent with a checksum that nobody could check any more, the last request is gone."""
    port, home, media = str(free_port()), tmp_path / "home", film.read_bytes()
    server = start_server(home, "--port", port)
    with server.client("uploader") as client:
        doubtful = begin(client, SIZE)
        assert send(client, doubtful, 0, media[:MIB]).status_code == 204
    tuspy = _tuspy(server, film)
    for _ in range(3):
        tuspy.upload_chunk()
    in_pieces = JsClient(node, web_dir, server, film, 4 * MIB)
    assert in_pieces.next()["accepted"] == 4 * MIB
    at_once = JsClient(node, web_dir, server, film, 0)
    with server.client("uploader") as client:

        def slowly() -> Iterator[bytes]:
            yield b"\0" * (8 * MIB)
            _wait(lambda: _stored(home, doubtful) > 4 * MIB)
            _wait(lambda: len(list((home / "uploads").iterdir())) == 4)
            _kill(server)
            yield b"\0" * (64 * MIB)

        checked = {**BYTES, "Upload-Offset": str(MIB), "Upload-Checksum": checksum(media[MIB:])}
        with pytest.raises(httpx.TransportError):
            client.patch(doubtful, content=slowly(), headers=checked)
    assert _stored(home, tuspy.url) == 12 * MIB, "what is acknowledged is in the file"
    again = start_server(home, "--port", port)
    with httpx.Client(
        base_url=again.url, headers={"Authorization": f"Bearer {server.keys['uploader']}"}, timeout=60
    ) as client:
        assert offset_of(client, tuspy.url) == 12 * MIB
        assert offset_of(client, doubtful) == MIB
        last = send(client, doubtful, MIB, media[MIB:], Upload_Checksum=checksum(media[MIB:]))
        assert last.status_code == 204, last.text
    tuspy.upload()
    said = [client.end() for client in (in_pieces, at_once)]
    assert all(each.get("asset") for each in said), (said, again.log())
    assets = [str(each["asset"]) for each in said]
    assets += [last.headers["Codek7-Asset"], tuspy.request.response_headers["codek7-asset"]]
    sha256 = hashlib.sha256(media).hexdigest()
    assert {source_sha256(home, asset) for asset in assets} == {sha256}
    with again.client("admin") as admin:
        found = admin.post(
            "/api/sql", json={"query": "SELECT asset_id, sha256, size_bytes FROM source"}
        ).json()
    assert sorted(found["rows"]) == sorted([asset, sha256, SIZE] for asset in assets), (
        "an asset each, no more"
    )


def _tuspy(server: RunningServer, film: Path, **how: object) -> Any:
    """An uploader of tuspy, which says of few of its attributes what they are."""
    key = {"Authorization": f"Bearer {server.keys['uploader']}"}
    client = TusClient(f"{server.url}/api/uploads", headers=key)
    return client.uploader(str(film), **{"chunk_size": 4 * MIB, "metadata": {"filename": "film.mp4"}, **how})


def _stored(home: Path, upload: str) -> int:
    path = home / "uploads" / upload.rsplit("/", 1)[1] / "data"
    return path.stat().st_size if path.exists() else 0


def _kill(server: RunningServer) -> None:
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        time.sleep(0.005)
