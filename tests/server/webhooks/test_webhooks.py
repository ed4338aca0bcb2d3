"""Webhooks at a real server: told, told again, given up, through restarts."""

from __future__ import annotations

import hashlib
import hmac
import json
import signal
import socket
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import RunningServer, StartServer, start
from tests.server.uploads.sending import begin, like_media, send
from tests.server.webhooks.conftest import Message, Receiver

FAST = {
    "CODEK7_SERVER__OUTBOUND__ALLOW": "127.0.0.1/32",
    "CODEK7_SERVER__OUTBOUND__WEBHOOK_RETRY_S": "0.1",
    "CODEK7_SERVER__OUTBOUND__WEBHOOK_TRIES": "3",
}


@pytest.fixture(scope="module")
def telling(
    no_settings_from_outside: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningServer, httpx.Client]]:
    server = start(tmp_path_factory.mktemp("telling") / "home", keys=None, **FAST)
    with server.client("admin") as client:
        yield server, client
    server.process.kill()
    server.process.wait()


def make(client: httpx.Client, url: str, *events: str) -> tuple[str, str]:
    """Its path, and its secret."""
    answer = client.post("/api/webhooks", json={"url": url, "events": list(events), "description": "a test"})
    assert answer.status_code == 201, answer.text
    return f"/api/webhooks/{answer.json()['webhook']['id']}", answer.json()["secret"]


def take_in(client: httpx.Client) -> str:
    """An asset whose job fails at once."""
    answer = send(client, begin(client, 5000, title="Told"), 0, like_media(5000))
    return str(answer.headers["Codek7-Asset"])


def is_signed(message: Message, secret: str) -> None:
    said = message.headers
    signed = f"{said['webhook-id']}.{said['webhook-timestamp']}.".encode() + message.body
    right = hmac.new(b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert said["webhook-signature"] == f"v1,{b64encode(right).decode()}"
    assert abs(time.time() - int(said["webhook-timestamp"])) < 60


def deliveries(client: httpx.Client, path: str, **what: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{path}/deliveries", params=what)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def wait_for(client: httpx.Client, path: str, state: str) -> dict[str, Any]:
    end = time.monotonic() + 60
    while not (found := deliveries(client, path, status=state)):
        assert time.monotonic() < end, deliveries(client, path)
        time.sleep(0.05)
    return found[0]


def test_what_happens_is_told_and_signed(
    telling: tuple[RunningServer, httpx.Client], receiver: Receiver
) -> None:
    _, client = telling
    path, secret = make(client, receiver.url, "asset-taken-in", "error")
    assert secret.startswith("whsec_")
    assert secret not in client.get("/api/webhooks").text + client.get(path).text
    asset = take_in(client)
    first, second = receiver.wait(2)[:2]
    is_signed(first, secret)
    is_signed(second, secret)
    said = [json.loads(message.body) for message in (first, second)]
    assert [each["type"] for each in said] == ["asset-taken-in", "error"]
    assert {each["data"]["asset_id"] for each in said} == {asset}
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert first.headers["content-type"] == "application/json"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_refused_told_again_and_given_up(
    telling: tuple[RunningServer, httpx.Client], receiver: Receiver
) -> None:
    _, client = telling
    path, secret = make(client, receiver.url, "asset-taken-in")
    receiver.statuses = [500, 503, 204]
    take_in(client)
    messages = receiver.wait(3)
    assert len({message.headers["webhook-id"] for message in messages}) == 1, "the same message"
    assert len({message.body for message in messages}) == 1
    for message in messages:
        is_signed(message, secret)
    done = wait_for(client, path, "delivered")
    assert (done["tries"], done["status"]) == (3, 204)
    receiver.statuses = [500, 302, 404]
    take_in(client)
    dead = wait_for(client, path, "dead")
    assert (dead["tries"], dead["status"], dead["error"]) == (3, 404, "the answer was 404")
    assert {message.path for message in receiver.messages} == {"/hook"}, "redirects are not followed"
    again = client.post(f"{path}/deliveries/{dead['id']}/redeliver")
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    assert receiver.wait(7)[6].headers["webhook-id"] == dead["id"]
    client.delete(path)


def test_a_receiver_that_hangs_keeps_no_other_waiting(
    telling: tuple[RunningServer, httpx.Client], receiver: Receiver
) -> None:
    _, client = telling
    with socket.create_server(("127.0.0.1", 0)) as mute:
        hanging, _ = make(client, f"http://127.0.0.1:{mute.getsockname()[1]}/", "asset-taken-in")
        path, _ = make(client, receiver.url, "asset-taken-in")
        for _ in range(3):
            take_in(client)
        receiver.wait(3)
    client.delete(hanging)
    client.delete(path)


@pytest.mark.parametrize("url", ["http://127.0.0.2/", "http://localhost:1/", "http://[::1]/"])
def test_nothing_inside_is_told(telling: tuple[RunningServer, httpx.Client], url: str) -> None:
    _, client = telling
    path, _ = make(client, url, "asset-taken-in")
    take_in(client)
    dead = wait_for(client, path, "dead")
    assert dead["status"] == 0
    assert "not public" in dead["error"] or "connection failed" in dead["error"]
    client.delete(path)


@pytest.mark.parametrize("url", ["file:///x", "http://u:p@example.org/", "http://2130706433/", ""])
def test_urls_that_are_refused_at_once(telling: tuple[RunningServer, httpx.Client], url: str) -> None:
    assert telling[1].post("/api/webhooks", json={"url": url}).status_code in (400, 422)


def test_changed_listed_and_paged(telling: tuple[RunningServer, httpx.Client], receiver: Receiver) -> None:
    _, client = telling
    path, _ = make(client, receiver.url, "asset-removed")  # no asset of another test brings that
    changed = client.patch(path, json={"events": ["asset-taken-in"], "description": "another"}).json()
    assert (changed["events"], changed["description"], changed["active"]) == (
        ["asset-taken-in"],
        "another",
        True,
    )
    assert client.patch(path, json={"events": ["no-such-event"]}).status_code == 400
    assert client.patch(path, json={"url": "ftp://x/"}).status_code == 422
    for _ in range(5):
        take_in(client)
    receiver.wait(5)
    seen, cursor = [], ""
    while True:
        page = client.get(f"{path}/deliveries", params={"limit": 2, "cursor": cursor}).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5
    assert client.get(f"{path}/deliveries", params={"cursor": "x"}).status_code == 400
    client.delete(path)


def test_only_administrators_manage_them(telling: tuple[RunningServer, httpx.Client]) -> None:
    server, _ = telling
    for role, status in (("moderator", 403), ("", 401)):
        with server.client(role) as other:
            assert other.get("/api/webhooks").status_code == status
            assert other.post("/api/webhooks", json={"url": "http://example.org/"}).status_code == status


def test_told_after_kill_and_restart(start_server: StartServer, tmp_path: Path, receiver: Receiver) -> None:
    server = start_server(tmp_path / "home", **{**FAST, "CODEK7_SERVER__OUTBOUND__WEBHOOK_RETRY_S": "3600"})
    with server.client("admin") as client:
        path, secret = make(client, receiver.url, "asset-taken-in")
        receiver.statuses = [500]
        take_in(client)
        waiting = receiver.wait(1)[0].headers["webhook-id"]
        while not deliveries(client, path)[0]["tries"]:
            time.sleep(0.02)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    again = start_server(tmp_path / "home", **FAST)
    with httpx.Client(base_url=again.url, headers=client.headers, timeout=60) as client:
        (kept,) = deliveries(client, path)
        assert (kept["id"], kept["state"], kept["status"]) == (waiting, "pending", 500)
        client.post(f"{path}/deliveries/{waiting}/redeliver")
        assert receiver.wait(2)[1].headers["webhook-id"] == waiting
        take_in(client)
        is_signed(receiver.wait(3)[2], secret)
