"""The generated configuration, in a real nginx."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from codek7.core.errors import SettingsInvalid
from codek7.core.settings import Delivery as How
from codek7.plugins.store_fsspec import codek7_open_store
from codek7_server.delivery import keys
from codek7_server.delivery.nginx import Front, configuration, folder_of
from codek7_server.delivery.tokens import Tokens
from tests.server.delivery.conftest import FOLDER, GROWING, MEDIA, OBJECTS, PLAYLIST, fill
from tests.server.delivery.fronts import free_port, nginx_program, run_nginx, serve_alone
from tests.server.delivery.test_tokens import SHARED, VECTORS, publish_for_vectors

get = partial(httpx.get, timeout=60)
COMMAND = [sys.executable, "-m", "codek7", "nginx"]


class Served(NamedTuple):
    """nginx before a store, and who makes its addresses."""

    url: str
    tokens: Tokens
    store: Path

    def get(self, path: str, folder: str = FOLDER, **asked: str) -> httpx.Response:
        """An object."""
        headers = {"Accept-Encoding": "identity", **{name.replace("_", "-"): v for name, v in asked.items()}}
        return get(self.url + self.tokens.url(f"{folder}/{path}"), headers=headers)


def opened(folder: Path) -> str:
    """A store with the objects; its URL."""
    url = (folder / "store").as_uri()
    store = codek7_open_store(url, {})
    assert store is not None
    fill(store)
    return url


@pytest.fixture(scope="module", params=["verify", "accel"])
def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """nginx that verifies, and nginx that is told by the server."""
    home = tmp_path_factory.mktemp("nginx")
    url, port = opened(home), free_port()
    made = Tokens.open(home, environ={})
    listen = f"127.0.0.1:{port}"
    if request.param == "verify":
        file = keys.write_for_nginx(home, made.keys)
        text = configuration(Front(listen=listen, keys_file=str(file)), home / "store", How())
        with run_nginx(home, text, port) as address:
            yield Served(address, made, home / "store")
        return
    prefix = {"CODEK7_SERVER__DELIVERY__ACCEL_PREFIX": "/inside"}
    with serve_alone(home, url, **prefix) as behind:
        backend = behind.url.removeprefix("http://")
        text = configuration(
            Front(listen=listen, backend=backend), home / "store", How(accel_prefix="/inside")
        )
        with run_nginx(home, text, port) as address:
            yield Served(address, made, home / "store")


def test_nginx_answers_the_vectors(tmp_path: Path) -> None:
    publish_for_vectors((tmp_path / "store").as_uri())
    known = [keys.Key(name, secret) for name, secret in SHARED["keys"].items()]
    file, port = keys.write_for_nginx(tmp_path, known), free_port()
    text = configuration(Front(listen=f"127.0.0.1:{port}", keys_file=str(file)), tmp_path / "store", How())
    with run_nginx(tmp_path, text, port) as address, httpx.Client(base_url=address, timeout=60) as client:
        for vector in VECTORS:
            assert client.get(vector.path).status_code == vector.status, vector


@pytest.mark.parametrize("path", OBJECTS)
def test_objects(front: Served, path: str) -> None:
    answer = front.get(path)
    assert (answer.status_code, answer.content) == (200, OBJECTS[path])
    kinds = {
        "m3u8": "application/vnd.apple.mpegurl",
        "mp4": "video/mp4",
        "m4s": "video/iso.segment",
        "vtt": "text/vtt",
    }
    assert answer.headers["content-type"] == kinds[path.rpartition(".")[2]]
    assert answer.headers["access-control-allow-origin"] == "*"


def test_ranges_conditions_and_caching(front: Served) -> None:
    part = front.get("video-0/00000.m4s", Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, MEDIA[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(MEDIA)}"
    assert "immutable" in part.headers["cache-control"]
    assert front.get("video-0/00000.m4s", Range="bytes=400000-").status_code == 416
    assert front.get("video-0/00000.m4s", If_None_Match=part.headers["etag"]).status_code == 304
    assert front.get("video-0/00000.m4s", If_Match='"other"').status_code == 412
    assert front.get("main.m3u8").headers["cache-control"] == "public, max-age=60"
    assert front.get("main.m3u8", GROWING).headers["cache-control"] == "no-store"


def test_playlists_are_compressed(front: Served) -> None:
    address = front.url + front.tokens.url(f"{FOLDER}/main.m3u8")
    with httpx.stream("GET", address, headers={"Accept-Encoding": "gzip"}, timeout=60) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["vary"]
        assert gzip.decompress(b"".join(answer.iter_raw())) == PLAYLIST


def test_browsers_may_ask_first_and_nobody_may_write(front: Served) -> None:
    address = front.url + front.tokens.url(f"{FOLDER}/main.m3u8")
    for each in (address, f"{front.url}/v/x"):
        asked = httpx.options(each, headers={"Origin": "https://a.example"}, timeout=60)
        assert asked.status_code == 204
        assert "Range" in asked.headers["access-control-allow-headers"]
        assert asked.headers["access-control-allow-origin"] == "*"
    assert httpx.put(address, content=b"x", timeout=60).status_code == 405
    assert httpx.delete(address, timeout=60).status_code == 405


def test_the_store_itself_is_not_there(front: Served) -> None:
    good = front.tokens.url(f"{FOLDER}/main.m3u8")
    for path in ("/inside/assets/x", f"/codek7-store/{FOLDER}/main.m3u8", f"/inside/{FOLDER}/main.m3u8"):
        assert get(front.url + path).status_code in (404, 502), path
    for path in (
        f"{good}/../../../../../playback.keys",
        good.replace("main.m3u8", "%2e%2e/%2e%2e/%2e%2e/x.keys"),
    ):
        assert get(front.url + path).status_code in (400, 403, 404), path


def test_only_pages_that_the_settings_name(tmp_path: Path) -> None:
    opened(tmp_path)
    made, port = Tokens.open(tmp_path, environ={}), free_port()
    file = keys.write_for_nginx(tmp_path, made.keys)
    how = How(cors_origins=("https://a.example", "https://b.example"))
    text = configuration(Front(listen=f"127.0.0.1:{port}", keys_file=str(file)), tmp_path / "store", how)
    with run_nginx(tmp_path, text, port) as address:
        served = Served(address, made, tmp_path / "store")
        allowed = served.get("main.m3u8", Origin="https://b.example").headers
        assert allowed["access-control-allow-origin"] == "https://b.example"
        assert (
            "access-control-allow-origin" not in served.get("main.m3u8", Origin="https://c.example").headers
        )


def test_a_rotation_reaches_nginx_with_a_reload(tmp_path: Path) -> None:
    made = Tokens.open(tmp_path, environ={})
    file = keys.write_for_nginx(tmp_path, made.keys)
    keys.rotate(tmp_path, 2_000_000_000, 0)
    text = file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    assert Tokens.open(tmp_path, environ={}).keys[0].secret in text
    assert made.keys[0].secret not in text


def test_the_command_prints_what_nginx_takes(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "2",
         "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True,
    )  # fmt: skip
    for flags in (
        [],
        ["--accel"],
        ["--listen", "443", "--certificate", str(certificate), "--certificate-key", str(key)],
    ):
        done = subprocess.run(
            [*COMMAND, "--home", str(tmp_path), "--server-name", "m.example", *flags],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        (tmp_path / "codek7.conf").write_text(done.stdout)
        main = tmp_path / "nginx.conf"
        main.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ include {tmp_path}/codek7.conf; }}\n")
        subprocess.run(
            [nginx_program(), "-t", "-e", f"{tmp_path}/log", "-c", str(main)], check=True, capture_output=True
        )


@pytest.mark.parametrize("name", ["a;b", "a b", 'a"', "$host", "a}", "a\nb", "a#b"])
def test_what_is_no_plain_word_is_refused(name: str) -> None:
    with pytest.raises(SettingsInvalid, match="cannot stand"):
        configuration(Front(server_name=name), Path("/store"), How())
    with pytest.raises(SettingsInvalid, match="cannot stand"):
        configuration(Front(), Path("/store") / name, How())


def test_nginx_serves_folders_only() -> None:
    store = codek7_open_store("memory://x", {})
    assert store is not None
    with pytest.raises(SettingsInvalid, match="can serve files"):
        folder_of(store)
