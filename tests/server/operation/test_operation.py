"""Health, readiness, metrics, HEAD, request ids, and the log of a real server."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from codek7_server.operation import readiness
from codek7_server.operation.metrics import Metrics
from codek7_server.operation.readiness import Readiness
from tests.ffmpeg.processes import until
from tests.server.conftest import RunningServer, StartServer


def test_it_is_alive_and_ready(server: RunningServer) -> None:
    with server.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        ready = client.get("/ready")
        assert ready.status_code == 200, ready.text
        assert set(ready.json()["checks"]) == {"store", "catalog", "disk"}


def test_it_is_not_ready_without_room_on_the_disk(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(tmp_path / "home", CODEK7_SERVER__UPLOADS__KEEP_FREE_BYTES=str(10**18))
    with server.client() as client:
        answer = client.get("/ready")
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "not-ready"
        assert "disk" in answer.json()["detail"]
        assert client.get("/health").status_code == 200
    assert server.stop() == 0


def test_a_look_that_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.05)
    go_on, looks = threading.Event(), []

    def hangs() -> None:
        looks.append(time.monotonic())
        go_on.wait(20)

    def breaks() -> None:
        raise OSError("gone")

    async def ask() -> None:
        ready = Readiness({"slow": hangs, "broken": breaks})
        wrong = await ready.wrong()
        while wrong["broken"] != "gone":  # on a busy machine it may be late itself
            wrong = await ready.wrong()
        for _ in range(5):
            assert "no answer" in (await ready.wrong())["slow"]
        assert len(looks) == 1  # the one that hangs; when it has ended, another may begin
        go_on.set()
        while "slow" in await ready.wrong():
            await asyncio.sleep(0.01)

    asyncio.run(ask())


def metrics_of(text: str) -> dict[tuple[str, str], float]:
    """Name and labels: the value."""
    return {
        (sample.name, json.dumps(sample.labels, sort_keys=True)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route(server: RunningServer) -> None:
    with server.client("viewer") as client:

        def count(**labels: str) -> float:
            found = metrics_of(client.get("/metrics").raise_for_status().text)
            return found.get(("codek7_requests_total", json.dumps(labels, sort_keys=True)), 0)

        route = {"method": "DELETE", "route": "/api/keys/{key_id}", "status": "403"}
        before = count(**route)
        for key_id in ("a1", "b2", "c3"):
            client.delete(f"/api/keys/{key_id}")
        assert count(**route) == before + 3
        for path in ("/api/none/1", "/api/none/2"):
            client.get(path)
        assert count(method="GET", route="none", status="404") >= 2, "one series for all of them"


def test_what_cannot_be_read_hides_no_other_number() -> None:
    metrics = Metrics()
    metrics.watch("gauge", "codek7_broken", "It is.", lambda: 1 / 0)
    metrics.watch("gauge", "codek7_jobs", "By state.", lambda: {"queued": 2, "working": 1}, label="state")
    metrics.watch("counter", "codek7_delivered_bytes", "Sent.", lambda: 7)
    found = metrics_of(metrics.text().decode())
    assert found["codek7_jobs", '{"state": "queued"}'] == 2
    assert found["codek7_delivered_bytes_total", "{}"] == 7
    assert not any(name == "codek7_broken" for name, _ in found)


def test_metrics_can_be_for_administrators(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(tmp_path / "home", CODEK7_SERVER__OPEN_METRICS="false")
    for role, status in (("", 401), ("moderator", 403), ("admin", 200)):
        with server.client(role) as client:
            assert client.get("/metrics").status_code == status


@pytest.mark.parametrize("path", ["/health", "/api/me", "/api/openapi.json", "/api/keys", "/api/none"])
def test_head_says_what_get_would(server: RunningServer, path: str) -> None:
    with server.client() as client:
        got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    for name in ("content-type", "content-length"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/api/none", 404), ("GET", "/api/none/at/all", 404), ("GET", "/api/", 404), ("GET", "/api", 404),
    ("PUT", "/api/me", 405), ("PATCH", "/api/keys", 405), ("HEAD", "/api/session", 405),
    ("GET", "/api/openapi.json/none", 404),
])  # fmt: skip
def test_what_is_not_there_is_a_problem_response(
    server: RunningServer, method: str, path: str, status: int
) -> None:
    with server.client() as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert method == "HEAD" or answer.json()["status"] == status
    assert ("allow" in answer.headers) == (status == 405)


def lines_of(server: RunningServer, request_id: str) -> list[dict[str, object]]:
    """Those of a request in the log, without a last line that is still being written."""
    whole = [json.loads(line) for line in server.log().split("\n")[:-1] if line]
    return [line for line in whole if line.get("request_id") == request_id]


def test_a_request_can_be_found_in_the_log(server: RunningServer) -> None:
    with server.client("uploader") as client:
        ours = client.get("/api/me", headers={"X-Request-Id": "mine-1"})
        assert ours.headers["x-request-id"] == "mine-1"
        other = client.get("/api/me?token=abc", headers={"X-Request-Id": "no\tgood" + "x" * 100})
        assert other.headers["x-request-id"] != "mine-1"
        last = {"X-Request-Id": "mine-2"}
        client.get(f"/api/none/{server.keys['admin']}/v/c2VjcmV0/1/x", headers=last)
    until(lambda: lines_of(server, "mine-2") != [], "the log, which is written after the answer")
    (found,) = lines_of(server, "mine-1")
    assert (found["method"], found["path"], found["status"]) == ("GET", "/api/me", 200)
    assert found["identity"] == server.keys["uploader"].split("_")[1]
    text = server.log()
    assert "c2VjcmV0" not in text
    for key in server.keys.values():
        assert key.split("_")[2] not in text


def test_the_server_ends_when_it_is_told_to(tmp_path: Path, start_server: StartServer) -> None:
    """And says nothing then that is no line of the log, as libraries do that were not put down."""
    server = start_server(tmp_path / "home")
    with server.client("admin") as client:
        assert client.post("/api/sql", json={"query": "SELECT id FROM asset"}).status_code == 200
    assert server.stop() == 0
    assert {"at", "level", "message"} <= set.intersection(
        *(set(json.loads(line)) for line in server.log().splitlines())
    )


def test_what_nothing_needs_goes_by_itself(tmp_path: Path, start_server: StartServer) -> None:
    home = tmp_path / "home"
    forgotten = home / "store" / "assets" / "0000000000000000" / "preview-0" / "main.m3u8"
    forgotten.parent.mkdir(parents=True)
    forgotten.write_text("#EXTM3U\n")
    server = start_server(home, CODEK7_SERVER__TIDY_S="1", CODEK7_KEEP_VERSIONS_S="0")
    until(lambda: not forgotten.exists(), "it to be gone")
    assert server.stop() == 0
