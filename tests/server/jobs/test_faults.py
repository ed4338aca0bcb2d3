"""What goes wrong with jobs, and what is true afterwards: nothing stuck, nothing lost, nothing done twice."""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

import pytest

from codek7.plugins.catalog_duckdb import codek7_open_catalog
from tests.ffmpeg.processes import running, until
from tests.server.conftest import RunningServer, StartServer, start
from tests.server.jobs.working import (
    nothing_is_left,
    the_job,
    upload,
    wait_going,
    wait_over,
    workers,
)

DIES = """
import os, sys
from codek7.core.hookspecs import hookimpl

@hookimpl
def codek7_moderate(asset, info, frames):
    sys.stderr.write("out of luck\\n")
    sys.stderr.flush()
    os._exit(7)
"""


def kill(server: RunningServer) -> None:
    """As a crash or an operating system does it."""
    server.process.kill()
    server.process.wait()


def test_a_killed_worker_is_replaced_and_finished_chunks_stay(
    start_server: StartServer, tmp_path: Path, long: Path
) -> None:
    server = start_server(tmp_path / "home")
    with server.client("uploader") as client:
        asset = upload(client, long)
        before = wait_going(client, asset, 0.4)
        (worker,) = workers(server)
        os.kill(worker, signal.SIGKILL)
        over = wait_over(client, asset)
        job = the_job(client, asset)
    assert (over["state"], over["tries"], over["id"]) == ("published", 1, before["id"])
    names = [moment["name"] for moment in job["history"]]
    assert names == ["job-queued", "job-started", "worker-died", "job-started", "asset-published"]
    assert "SIGKILL" in job["history"][2]["event"]["reason"]
    assert server.stop() == 0
    nothing_is_left(server.home)


def test_a_killed_server_goes_on_where_it_was(start_server: StartServer, tmp_path: Path, long: Path) -> None:
    home = tmp_path / "home"
    server = start_server(home)
    with server.client("uploader") as client:
        asset = upload(client, long)
        before = wait_going(client, asset, 0.4)
    kill(server)
    again = start_server(home)
    with again.client("moderator") as client:
        found = wait_going(client, asset, 0.0)
        assert found["id"] == before["id"]
        assert found["progress"] >= 0.3, "what was noted is not forgotten"
        over = wait_over(client, asset)
    assert (over["state"], over["tries"]) == ("published", 0)
    assert again.stop() == 0
    nothing_is_left(home)


def test_sigterm_releases_what_runs(start_server: StartServer, tmp_path: Path, long: Path) -> None:
    home = tmp_path / "home"
    server = start_server(home)
    with server.client("uploader") as client:
        asset = upload(client, long)
        wait_going(client, asset)
    assert server.stop() == 0
    catalog = codek7_open_catalog(home)
    (job,) = catalog.jobs()
    assert (job.state, job.tries, catalog.asset(asset).state) == ("queued", 0, "queued")
    again = start_server(home)
    with again.client("moderator") as client:
        assert wait_over(client, asset)["state"] == "published"
    assert again.stop() == 0
    nothing_is_left(home)


def test_a_frozen_encoder_is_ended_and_tried_again(
    start_server: StartServer, tmp_path: Path, long: Path, ffmpeg: str
) -> None:
    server = start_server(tmp_path / "home", CODEK7_STALL_S="2", CODEK7_CORES="1")
    with server.client("uploader") as client:
        asset = upload(client, long)
        until(lambda: bool(running(ffmpeg, str(server.home))), "an encoder")
        wait_going(client, asset, 0.05)
        frozen = running(ffmpeg, str(server.home))
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        assert wait_over(client, asset)["state"] == "published"
        assert "stalled" in {attempt["outcome"] for attempt in the_job(client, asset)["attempts"]}
    assert server.stop() == 0
    nothing_is_left(server.home)


def test_a_frozen_worker_of_a_dead_server_never_wakes_up(
    start_server: StartServer, tmp_path: Path, long: Path
) -> None:
    home = tmp_path / "home"
    server = start_server(home)
    with server.client("uploader") as client:
        asset = upload(client, long)
        wait_going(client, asset)
    (worker,) = workers(server)
    os.kill(worker, signal.SIGSTOP)
    kill(server)
    again = start_server(home)
    with pytest.raises(ProcessLookupError):
        until(lambda: os.kill(worker, 0) is not None, "its end")
    with again.client("moderator") as client:
        assert wait_over(client, asset)["state"] == "published"
    assert again.stop() == 0
    nothing_is_left(home)


def test_a_job_that_kills_its_workers_fails_with_the_reason(
    start_server: StartServer, tmp_path: Path, short: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "codek7_plugins.py").write_text(DIES)
    server = start_server(home, CODEK7_TRIES="2")
    with server.client("uploader") as client:
        asset = upload(client, short)
        over = wait_over(client, asset)
        job = the_job(client, asset)
    assert (over["state"], over["error"]["code"]) == ("failed", "worker-lost")
    assert "exit code 7" in over["error"]["message"]
    deaths = [moment["event"] for moment in job["history"] if moment["name"] == "worker-died"]
    assert len(deaths) == 2
    assert all("out of luck" in death["tail"] for death in deaths)
    assert server.stop() == 0
    assert codek7_open_catalog(home).asset(asset).state == "failed"
    (home / "codek7_plugins.py").unlink()
    again = start_server(home)
    with again.client("moderator") as client:
        assert client.post(f"/api/jobs/{over['id']}/requeue").status_code == 200
        assert wait_over(client, asset)["state"] == "published"
    assert again.stop() == 0
    nothing_is_left(home)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_a_full_disk_passes(start_server: StartServer, tmp_path: Path, long: Path) -> None:
    server = start_server(tmp_path / "home", CODEK7_CORES="1")
    with server.client("uploader") as client:
        asset = upload(client, long)
        until(lambda: bool(workers(server)), "a worker")
        (worker,) = workers(server)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        assert wait_over(client, asset)["error"]["code"] == "disk-full"
        over = wait_over(client, asset)
        end = time.monotonic() + 60
        while over["state"] != "published" and time.monotonic() < end:
            over = wait_over(client, asset)
    assert (over["state"], over["tries"]) == ("published", 1)
    assert server.stop() == 0
    nothing_is_left(server.home)


def test_restarts_under_load_leave_nothing_behind(
    no_settings_from_outside: None, tmp_path: Path, long: Path, short: Path
) -> None:
    home, seed = tmp_path / "home", random.randrange(1 << 30)
    chance = random.Random(seed)
    assets: list[str] = []
    for number in range(4):
        server = start(home)
        with server.client("uploader") as client:
            assets.append(upload(client, short if number % 2 else long, title=f"{seed}-{number}"))
            time.sleep(chance.random() * 2.5)
        if number % 2:
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(30)
        else:
            kill(server)
    last = start(home)
    try:
        with last.client("moderator") as client:
            states = {asset: wait_over(client, asset)["state"] for asset in assets}
        assert set(states.values()) == {"published"}, f"seed {seed}"
        assert last.stop() == 0
    finally:
        if last.process.poll() is None:
            last.process.kill()
            last.process.wait()
    nothing_is_left(home)
