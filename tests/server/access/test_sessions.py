"""The pages' session: a cookie that only this server's pages can use."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from codek7_server.access import keys, sessions
from codek7_server.access.accounts import Accounts
from tests.server.conftest import RunningServer, StartServer


def sign_in(client: httpx.Client, key: str, **headers: str) -> httpx.Response:
    return client.post("/api/session", json={"key": key}, headers=headers)


def test_a_key_is_exchanged_for_a_cookie(server: RunningServer) -> None:
    with server.client() as client:
        answer = sign_in(client, server.keys["uploader"])
        assert answer.json()["role"] == "uploader"
        attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= attributes
        assert "secure" not in attributes, "over plain HTTP browsers would drop it"
        assert server.keys["uploader"] not in answer.headers["set-cookie"]
        assert client.get("/api/me").json()["role"] == "uploader"
        assert client.delete("/api/session", headers={"Origin": server.url}).status_code == 204
        assert client.get("/api/me").json()["id"] == ""


def test_signing_out_ends_a_copied_cookie_too(server: RunningServer) -> None:
    with server.client() as client, server.client() as thief:
        sign_in(client, server.keys["viewer"])
        thief.cookies.update(client.cookies)
        assert thief.get("/api/me").json()["id"]
        client.delete("/api/session", headers={"Sec-Fetch-Site": "same-origin"})
        assert thief.get("/api/me").json()["id"] == ""


def test_no_key_no_session(server: RunningServer) -> None:
    with server.client() as client:
        assert sign_in(client, "ck7_0_0").status_code == 401
        assert client.get("/api/me", headers={"Cookie": f"codek7={'x' * 45}"}).json()["id"] == ""


@pytest.mark.parametrize(("headers", "status"), [
    ({"Origin": "SELF"}, 201),
    ({"Sec-Fetch-Site": "same-origin"}, 201),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "SELF"}, 201),
    ({}, 403),
    ({"Origin": "https://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://[::1"}, 403),
    ({"Sec-Fetch-Site": "cross-site", "Origin": "SELF"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Sec-Fetch-Site": "none"}, 403),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, 403),
])  # fmt: skip
def test_other_sites_cannot_use_it(server: RunningServer, headers: dict[str, str], status: int) -> None:
    headers = {name: server.url if value == "SELF" else value for name, value in headers.items()}
    with server.client() as client:
        sign_in(client, server.keys["admin"])
        answer = client.post("/api/keys", json={"role": "viewer"}, headers=headers)
        assert answer.status_code == status, answer.text
        assert client.get("/api/me", headers=headers).json()["role"] == "admin", "reading changes nothing"


def test_other_sites_cannot_sign_anybody_in(server: RunningServer) -> None:
    with server.client() as client:
        assert sign_in(client, server.keys["viewer"], Origin="https://evil.example").status_code == 403
        assert sign_in(client, server.keys["viewer"], Origin=server.url).status_code == 201


def test_a_key_sent_along_wins(server: RunningServer) -> None:
    with server.client("uploader") as client:
        sign_in(client, server.keys["viewer"])
        assert client.get("/api/me").json()["role"] == "uploader"


def test_over_tls_the_cookie_is_bound_to_this_host(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(tmp_path / "home", CODEK7_SERVER__URL="https://media.example")
    with server.client() as client:
        said = sign_in(client, server.keys["viewer"]).headers["set-cookie"]
        assert said.startswith("__Host-codek7=")
        assert "secure" in {part.strip().lower() for part in said.split(";")[1:]}
        cookie = {"Cookie": said.partition(";")[0]}
        assert client.get("/api/me", headers=cookie).json()["role"] == "viewer"
        ours = {**cookie, "Origin": "https://media.example"}
        assert client.delete("/api/session", headers=ours).status_code == 204


def test_a_session_ends_with_its_time_and_with_its_key(tmp_path: Path) -> None:
    accounts = Accounts.open(tmp_path)
    _, key = keys.new_key(accounts, role="viewer")
    late, revoked = sessions.begin(accounts, key), sessions.begin(accounts, key)
    with accounts.writing() as connection:
        connection.execute("UPDATE session SET expires_us = 1 WHERE token_sha256 = ?", (keys.digest(late),))
    assert sessions.key_of(accounts, late) is None
    assert sessions.key_of(accounts, revoked) == key
    keys.revoke(accounts, key.id)
    assert sessions.key_of(accounts, revoked) is None
    assert accounts.all("SELECT * FROM session WHERE expires_us > 1") == []
