"""API keys: the command, the file they are kept in, and the API."""

from __future__ import annotations

import json
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codek7.core.errors import CatalogDamaged, CatalogNewer, KeyNotFound, Unauthenticated
from codek7_server.access import keys
from codek7_server.access.accounts import Accounts
from tests.server.conftest import RunningServer, codek7


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts.open(tmp_path / "home")


def test_a_key_is_printed_and_nothing_else(tmp_path: Path) -> None:
    said = codek7("key", "new", "--role", "uploader", "--name", "a camera", "--home", str(tmp_path / "home"))
    assert said.endswith("\n")
    assert said.count("\n") == 1
    prefix, key_id, secret = said.strip().split("_")
    assert prefix == "ck7"
    assert len(secret) * 5.75 > 256, "bits"
    (known,) = map(json.loads, codek7("key", "ls", "--json", "--home", str(tmp_path / "home")).splitlines())
    assert (known["id"], known["role"], known["name"], known["revoked_us"]) == (
        key_id, "uploader", "a camera", 0,
    )  # fmt: skip
    assert secret not in json.dumps(known)


def test_only_their_hashes_are_on_disk(accounts: Accounts) -> None:
    whole, _ = keys.new_key(accounts, role="admin")
    secret = whole.rsplit("_", 1)[1].encode()
    for path in accounts.path.parent.glob("accounts.db*"):
        assert secret not in path.read_bytes(), path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_key_is_known_until_it_is_revoked(accounts: Accounts) -> None:
    whole, made = keys.new_key(accounts, role="moderator", name="m")
    assert keys.check(accounts, whole) == made
    assert keys.as_identity(made).id == made.id
    assert keys.revoke(accounts, made.id).revoked_us
    with pytest.raises(Unauthenticated):
        keys.check(accounts, whole)
    with pytest.raises(KeyNotFound):
        keys.revoke(accounts, "nothere")


def test_a_second_key_may_stand_for_the_same_owner(accounts: Accounts) -> None:
    _, first = keys.new_key(accounts, role="uploader")
    _, second = keys.new_key(accounts, role="uploader", owner=first.id)
    assert keys.as_identity(second).id == first.id != second.id


@pytest.mark.parametrize("change", [
    lambda key: key[:-1], lambda key: key + "x", lambda key: key.swapcase(), lambda key: "",
    lambda key: "ck7__", lambda key: key.replace("ck7", "ck8"), lambda key: key.replace("_", "-"),
    lambda key: "ck7_nobody_" + key.rsplit("_", 1)[1], lambda key: key.rsplit("_", 1)[0] + "_\0\ud800",
])  # fmt: skip
def test_anything_else_is_no_key(accounts: Accounts, change: object) -> None:
    whole, _ = keys.new_key(accounts, role="admin")
    assert callable(change)
    with pytest.raises(Unauthenticated):
        keys.check(accounts, change(whole))


def test_the_file_can_be_used_from_many_threads_and_processes(accounts: Accounts) -> None:
    def make(number: int) -> str:
        mine = Accounts.open(accounts.path.parent) if number % 2 else accounts
        whole, _ = keys.new_key(mine, role="viewer", name=str(number))
        keys.check(accounts, whole)
        return whole

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(make, range(40)))
    assert len(made) == len(keys.every_key(accounts)) == 40


def test_a_newer_or_a_damaged_file_is_not_touched(tmp_path: Path, accounts: Accounts) -> None:
    accounts.close()
    with sqlite3.connect(accounts.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(CatalogNewer):
        Accounts.open(accounts.path.parent)
    (tmp_path / "accounts.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(CatalogDamaged):
        Accounts.open(tmp_path)
    assert (tmp_path / "accounts.db").read_bytes().startswith(b"no database")


def test_the_api_makes_lists_and_revokes_keys(server: RunningServer) -> None:
    with server.client("admin") as admin:
        made = (
            admin.post("/api/keys", json={"role": "viewer", "name": "for a while"}).raise_for_status().json()
        )
        with server.client() as theirs:
            theirs.headers["Authorization"] = f"Bearer {made['secret']}"
            who = theirs.get("/api/me").json()
            assert who == {"id": made["key"]["id"], "name": "for a while", "role": "viewer"}
            assert admin.delete(f"/api/keys/{made['key']['id']}").status_code == 204
            assert theirs.get("/api/me").status_code == 401
        listed = {each["id"]: each for each in admin.get("/api/keys").json()["items"]}
        assert listed[made["key"]["id"]]["revoked_us"]
        assert "secret" not in json.dumps(list(listed.values()))
        assert admin.delete("/api/keys/0000000000000000").status_code == 404


@pytest.mark.parametrize("role", ["", "viewer", "uploader", "moderator"])
def test_keys_are_for_administrators(server: RunningServer, role: str) -> None:
    with server.client(role) as client:
        for answer in (
            client.get("/api/keys"),
            client.post("/api/keys", json={"role": "admin"}),
            client.delete("/api/keys/0000000000000000"),
        ):
            assert answer.status_code == (403 if role else 401)
            assert answer.headers["content-type"] == "application/problem+json"
            assert ("www-authenticate" in answer.headers) == (not role)


def test_a_command_revokes_a_key_of_a_running_server_at_once(server: RunningServer) -> None:
    key = codek7("key", "new", "--role", "viewer", "--home", str(server.home)).strip()
    with server.client() as client:
        client.headers["Authorization"] = f"Bearer {key}"
        assert client.get("/api/me").json()["role"] == "viewer"
        codek7("key", "revoke", key.split("_")[1], "--home", str(server.home))
        assert client.get("/api/me").status_code == 401


def test_a_foreign_token_is_refused_and_a_proxys_scheme_passed_over(server: RunningServer) -> None:
    with server.client() as client:
        assert client.get("/api/me", headers={"Authorization": "Bearer eyJhbGciOi"}).status_code == 401
        assert client.get("/api/me", headers={"Authorization": "Basic dTpw"}).json()["id"] == ""
