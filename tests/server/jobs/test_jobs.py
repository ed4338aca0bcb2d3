"""Jobs through the API of a real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from codek7.plugins.catalog_duckdb import codek7_open_catalog
from tests.server.conftest import RunningServer, StartServer
from tests.server.jobs.working import (
    command,
    jobs,
    nothing_is_left,
    the_job,
    upload,
    wait_going,
    wait_over,
    wait_until,
)


def events(
    client: httpx.Client, last: str = "", until: str = "asset-published", **asked: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Id, name and data of each event, to the one that is waited for."""
    headers = {"Last-Event-ID": last} if last else {}
    with client.stream("GET", "/api/events", params=asked, headers=headers, timeout=60) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "data" in fields:
                yield fields.get("id", ""), fields["event"], json.loads(fields["data"])
                if fields["event"] == until:
                    return
                fields = {}


@pytest.fixture(scope="module")
def published(server: RunningServer, short: Path) -> str:
    """An asset of the uploader's that a job has published."""
    with server.client("uploader") as client:
        asset = upload(client, short, title="Short")
        assert wait_over(client, asset)["state"] == "published"
    return asset


def test_a_job_shows_every_attempt_and_what_happened(server: RunningServer, published: str) -> None:
    with server.client("uploader") as client:
        job = the_job(client, published)
    assert (job["state"], job["progress"], job["error"]) == ("published", 1.0, None)
    assert job["queued_us"] < job["started_us"] < job["ended_us"]
    assert {attempt["outcome"] for attempt in job["attempts"]} == {"done"}
    assert all("ffmpeg" in attempt["command"] for attempt in job["attempts"])
    assert [moment["name"] for moment in job["history"]] == ["job-queued", "job-started", "asset-published"]


def test_the_history_is_told_again_from_any_event_on(server: RunningServer, published: str) -> None:
    with server.client("uploader") as client:
        told = list(events(client, last="0", asset_id=published))
        names = [name for _, name, _ in told]
        assert names[:3] == ["asset-taken-in", "job-queued", "job-started"]
        assert all(data["asset_id"] == published for _, _, data in told)
        middle = told[3][0]
        assert list(events(client, last=middle, asset_id=published)) == told[4:]


def test_progress_is_told_as_it_happens_and_never_falls(server: RunningServer, long: Path) -> None:
    with server.client("uploader") as client:
        asset = upload(client, long)
        told = list(events(client, last="0", asset_id=asset, until="asset-published"))
        over = wait_over(client, asset)
    ids = [int(event_id) for event_id, _, _ in told if event_id]
    assert ids == sorted(set(ids))
    progress = [data["event"]["progress"] for _, name, data in told if name == "job-progressed"]
    assert progress == sorted(progress)
    assert progress, "how many depends on the machine"
    assert all(each < 1 for each in progress), "1 comes with the publication, not before it"
    assert over["progress"] == 1
    assert "preview-published" in [name for _, name, _ in told]


def test_each_upload_is_an_asset_of_its_own_and_shares_the_work(
    server: RunningServer, published: str, short: Path
) -> None:
    with server.client("uploader") as client:
        other = upload(client, short, title="Again")
        assert other != published
        assert wait_over(client, other)["state"] == "published"
        assert not the_job(client, other)["attempts"], "nothing was encoded again"


def test_only_owners_and_moderators_see_and_control(server: RunningServer, published: str) -> None:
    with server.client("uploader") as client:
        job = jobs(client, published)[0]["id"]
    with server.client("viewer") as client:
        for path in ("/api/jobs", f"/api/jobs/{job}", "/api/events"):
            assert client.get(path).status_code == 403
        assert client.post(f"/api/jobs/{job}/cancel").status_code == 403
        assert client.post(f"/api/assets/{published}/rungs/video-0/redo").status_code == 403
    with server.client() as client:
        assert client.get("/api/jobs").status_code == 401
        assert client.get("/api/events").status_code == 401
    with server.client("moderator") as client:
        assert job in [each["id"] for each in jobs(client)]
        assert client.get(f"/api/jobs/{job}").status_code == 200


def test_what_is_not_there_or_over_is_said(server: RunningServer, published: str) -> None:
    with server.client("moderator") as client:
        assert client.get("/api/jobs/nothing").json()["code"] == "job-not-found"
        job = jobs(client, published)[0]["id"]
        for action in ("cancel", "requeue"):
            answer = client.post(f"/api/jobs/{job}/{action}")
            assert (answer.status_code, answer.json()["code"]) == (409, "state-conflict")
        answer = client.post(f"/api/assets/{published}/rungs/video-9/redo")
        assert (answer.status_code, answer.json()["code"]) == (404, "object-not-found")
        for cursor in ("x", "!!", "bm90aGluZw"):
            assert client.get("/api/jobs", params={"cursor": cursor}).status_code == 400


def test_pages_hold_every_job_once(server: RunningServer, published: str, short: Path) -> None:
    with server.client("uploader") as client:
        wait_over(client, upload(client, short, title="One more"))
    with server.client("moderator") as client:
        everything = [job["id"] for job in jobs(client)]
        assert len(everything) >= 2
        seen: list[str] = []
        cursor = ""
        while True:
            page = client.get("/api/jobs", params={"limit": 1, "cursor": cursor}).json()
            seen += [job["id"] for job in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == everything


def test_one_rung_is_done_again_and_nothing_else(server: RunningServer, published: str) -> None:
    catalog = codek7_open_catalog(server.home)
    before = catalog.asset(published)
    with server.client("uploader") as client:
        answer = client.post(f"/api/assets/{published}/rungs/video-0/redo")
        assert answer.status_code == 202
        assert answer.json()["redo"] == ["video-0"]
        assert wait_over(client, published)["state"] == "published"
        attempts = the_job(client, published)["attempts"]
    rows = catalog.detail(published, parts=("renditions",))["renditions"]
    keys = {s["key"] for row in rows if row["name"] == "video-0" for s in row["segments"]}
    assert {key for attempt in attempts for key in attempt["keys"]} == keys
    assert catalog.asset(published).version != before.version, "caches keep what the old URLs gave"


def test_commands_work_beside_the_server(server: RunningServer, published: str, make_clip: Any) -> None:
    clip = make_clip("beside", seconds=1)
    done = command(server.home, "ingest", str(clip), "--title", "Beside", "--json")
    assert done.returncode == 0, done.stderr
    asset = json.loads(done.stdout.splitlines()[-1])["asset_id"]
    assert asset in command(server.home, "ls").stdout
    assert published in command(server.home, "sql", "SELECT id FROM asset").stdout
    assert json.loads(command(server.home, "show", asset, "--json").stdout)["asset"]["title"] == "Beside"
    assert command(server.home, "republish", asset, "--policy", "source").returncode == 0
    assert command(server.home, "gc").returncode == 0
    missing = command(server.home, "show", "nothing", "--json")
    assert (missing.returncode, json.loads(missing.stdout)["code"]) == (2, "asset-not-found")
    with server.client("moderator") as client:
        (newest, first) = jobs(client, asset)
        assert (newest["state"], first["state"], first["queued_us"]) == ("published", "published", 0)
        assert client.post(f"/api/jobs/{first['id']}/requeue").json()["code"] == "state-conflict"
    assert command(server.home, "remove", asset, "--yes").returncode == 0
    assert asset not in command(server.home, "ls").stdout
    second = command(server.home, "serve", "--port", "0")
    assert second.returncode == 1
    assert f"process {server.process.pid} serves" in second.stderr


def test_a_job_requeued_as_soon_as_it_is_heard_to_have_failed_runs_again(
    start_server: StartServer, tmp_path: Path, long: Path
) -> None:
    """Its last worker is there for a moment still."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(long.read_bytes()[:2000])
    server = start_server(tmp_path / "home", CODEK7_SERVER__JOBS="1")
    with server.client("uploader") as client:
        asset = upload(client, broken)
        job = f"/api/jobs/{jobs(client, asset)[0]['id']}"
        seen = "0"
        for _ in range(4):
            told = list(events(client, last=seen, asset_id=asset, until="error"))
            seen = told[-1][0]
            assert client.post(f"{job}/requeue").is_success
        assert wait_over(client, asset)["state"] == "failed"
        history = [moment["name"] for moment in client.get(job).json()["history"]]
        assert (history.count("error"), history.count("worker-died")) == (5, 0)
        for _ in range(5):  # on a busy machine it may have failed again before the cancel comes
            assert client.post(f"{job}/requeue").is_success
            cancelled = client.post(f"{job}/cancel")
            if cancelled.is_success:
                break
            assert cancelled.json()["code"] == "state-conflict"
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")


def test_jobs_are_cancelled_and_requeued(start_server: StartServer, tmp_path: Path, long: Path) -> None:
    server = start_server(tmp_path / "home", CODEK7_SERVER__JOBS="1", CODEK7_CORES="1")
    with server.client("uploader") as client:
        first, second = upload(client, long), upload(client, long)
        going = wait_going(client, first)
        waiting = jobs(client, second)[0]
        assert (going["state"], waiting["state"]) == ("working", "queued")
        for job in (going, waiting):
            answer = client.post(f"/api/jobs/{job['id']}/cancel")
            assert answer.status_code == 200, answer.text
            assert answer.json()["state"] == "cancelled"
        assert {job["state"] for job in jobs(client)} == {"cancelled"}
        again = client.post(f"/api/jobs/{going['id']}/requeue").json()
        assert again["state"] in ("queued", "working")
        over = wait_until(client, first, lambda job: job["state"] not in ("queued", "working"), "its end")
        assert over["state"] == "published"
        assert jobs(client, second)[0]["state"] == "cancelled"
    assert server.stop() == 0
    nothing_is_left(server.home)
