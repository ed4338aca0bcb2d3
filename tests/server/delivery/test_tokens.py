"""Tokens: the vectors that every verifier shares, keys and how they rotate."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from codek7.cli.main import cli
from codek7.core.errors import KeyInvalid, SettingsInvalid
from codek7.core.settings import Delivery as How
from codek7.plugins.store_fsspec import codek7_open_store
from codek7_server.delivery import keys, tokens
from codek7_server.delivery.app import Delivery
from codek7_server.delivery.keys import Key
from codek7_server.delivery.tokens import Tokens, longest_life_s
from tests.server.delivery.asking import ask
from tests.server.delivery.conftest import FOLDER, GROWING

SHARED = json.loads((Path(__file__).parent / "token_vectors.json").read_text())
ENVIRONMENT = {keys.VARIABLE: ",".join(f"{name}:{secret}" for name, secret in SHARED["keys"].items())}


class Vector(NamedTuple):
    """A path, and the status that every verifier answers."""

    why: str
    path: str
    status: int


VECTORS = [Vector(**vector) for vector in SHARED["vectors"]]


def publish_for_vectors(store_url: str) -> None:
    """The objects that the vectors are about."""
    store = codek7_open_store(store_url, {})
    assert store is not None
    for folder in (FOLDER, GROWING):
        for path in ("main.m3u8", "video-0/index.m3u8", "video-0/init.mp4", "video-0/00000.m4s"):
            store.put(f"{folder}/{path}", b"#EXTM3U\n")


@pytest.mark.parametrize("how", [How(), How(accel_prefix="/inside")], ids=["serving", "accel"])
def test_the_server_answers_the_vectors(tmp_path: Path, how: How) -> None:
    url = (tmp_path / "store").as_uri()
    publish_for_vectors(url)
    store = codek7_open_store(url, {})
    assert store is not None
    verifying = Tokens.only_verifying(tmp_path, ttl_s=60, environ=ENVIRONMENT)
    delivery = Delivery(store, verifying, how)
    for vector in VECTORS:
        expected = 200 if how.accel_prefix and vector.status == 404 else vector.status  # nginx looks for it
        assert ask(delivery, vector.path).status == expected, vector
    delivery.close()


def split(url: str) -> tuple[str, str, str]:
    """Token, expiry, and what they are for."""
    _, _, token, expiry, asset, version, *_ = url.split("/")
    return token, expiry, f"{asset}/{version}"


@given(now_s=st.integers(0, 4_000_000_000), ttl_s=st.integers(0, 100_000))
def test_addresses_are_good_for_one_life_to_one_and_a_half(now_s: int, ttl_s: int) -> None:
    signing = Tokens(Path("/nowhere"), (Key("k", "s" * 43),), ttl_s=ttl_s, environ=ENVIRONMENT)
    token, expiry, prefix = split(signing.url(f"{FOLDER}/main.m3u8", now_s=now_s))
    assert now_s + ttl_s <= int(expiry) <= now_s + longest_life_s(ttl_s)
    assert signing.verify(token, expiry, prefix, now_s=now_s)
    assert signing.verify(token, expiry, prefix, now_s=int(expiry) + 0.9)
    assert not signing.verify(token, expiry, prefix, now_s=int(expiry) + 1)


def test_all_are_given_the_same_address(tmp_path: Path) -> None:
    made = Tokens.open(tmp_path, ttl_s=600, environ={})
    addresses = {made.url(f"{FOLDER}/main.m3u8", now_s=1_800_000_000 + s) for s in range(600)}
    assert len(addresses) <= 3


@given(st.text(max_size=40), st.text(max_size=15), st.text(max_size=40))
def test_no_text_is_an_error(token: str, expiry: str, prefix: str) -> None:
    verifying = Tokens.only_verifying(Path("/nowhere"), ttl_s=60, environ=ENVIRONMENT)
    assert not verifying.verify(token, expiry, prefix, now_s=0)
    assert not verifying.verify(f"k2.{token}", expiry, prefix, now_s=0)
    assert not verifying.verify(f"k2.{token}", "4102444800", prefix, now_s=0)


def test_only_published_objects_have_addresses(tmp_path: Path) -> None:
    made = Tokens.open(tmp_path, environ={})
    for key in ("work/00/x.m4s", "assets/a", "assets/a/b", "assets/a/b/", "/assets/a/b/c", ""):
        with pytest.raises(KeyInvalid):
            made.url(key)


def test_the_first_key_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ThreadPoolExecutor(8) as several:
        made = list(several.map(lambda _: Tokens.open(home, environ={}).keys, range(8)))
    assert len(set(made)) == 1
    assert (home / keys.FILE).stat().st_mode & 0o777 == 0o600
    assert made[0][0].secret not in repr(made[0])


def test_rotation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "LOOK_S", 0.0)
    running = Tokens.open(tmp_path, ttl_s=600, environ={})
    now_s = int(time.time())
    old = split(running.url(f"{FOLDER}/main.m3u8", now_s=now_s))
    keys.rotate(tmp_path, now_s, longest_life_s(600))
    assert split(running.url(f"{FOLDER}/main.m3u8", now_s=now_s))[0] == old[0], (
        "the new one is not known to all"
    )
    new = split(running.url(f"{FOLDER}/main.m3u8", now_s=now_s + keys.NOTICE_S))
    assert old[0].partition(".")[0] != new[0].partition(".")[0]
    for each in (old, new):
        assert running.verify(*each, now_s=now_s), "what was given out goes on playing"
    for days in (1, 2):
        kept = keys.rotate(tmp_path, now_s + days * 86_400, longest_life_s(600))
        assert len(kept) == 2, "keys whose addresses have all expired are dropped"
    latest = split(running.url(f"{FOLDER}/main.m3u8"))
    assert len(keys.rotate(tmp_path, now_s, 0)) == 1
    assert not running.verify(*latest, now_s=now_s), "all addresses end"


def test_keys_that_are_gone_or_broken_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "LOOK_S", 0.0)
    running = Tokens.open(tmp_path, environ={})
    given_out = split(running.url(f"{FOLDER}/main.m3u8"))
    (tmp_path / keys.FILE).write_text("half a li")
    assert running.verify(*given_out, now_s=time.time())
    (tmp_path / keys.FILE).unlink()
    assert running.verify(*given_out, now_s=time.time())


@pytest.mark.parametrize(
    "text",
    ["x", "id:short", "ID:" + "s" * 43, "a:" + 's"' * 22, f"a:{'s' * 43},a:{'t' * 43}", "é:" + "s" * 43],
)
def test_keys_that_cannot_be_read_are_not_repeated(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Tokens.open(tmp_path, environ={keys.VARIABLE: text})
    assert "s" * 20 not in str(caught.value)


def test_delivery_alone_needs_keys(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="no playback keys"):
        Tokens.only_verifying(tmp_path, ttl_s=60, environ={})
    assert list(tmp_path.iterdir()) == []


def test_the_commands(tmp_path: Path) -> None:
    def run(*arguments: str) -> list[dict[str, object]]:
        done = CliRunner().invoke(cli, ["playback-keys", *arguments, "--home", str(tmp_path), "--json"])
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    assert run("ls") == []
    first = Tokens.open(tmp_path, environ={}).keys[0]
    assert [key["id"] for key in run("ls")] == [first.id]
    rotated = run("rotate")
    assert [key["signs"] for key in rotated] == [True, False]
    assert rotated[0]["id"] == first.id
    assert first.secret not in json.dumps(rotated)
    dropped = run("rotate", "--drop-old")
    assert [key["signs"] for key in dropped] == [True]
    assert oct((tmp_path / keys.FILE).stat().st_mode)[-3:] == "600"
