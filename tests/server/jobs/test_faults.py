"""What goes wrong with jobs, and what is true afterwards: nothing stuck, nothing lost, nothing done twice."""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from codek7.plugins.catalog_duckdb import codek7_open_catalog
from tests.ffmpeg.processes import running, stop, until
from tests.server.conftest import RunningServer, start
from tests.server.jobs.working import (
    nothing_is_left,
    the_job,
    upload,
    wait_going,
    wait_over,
    wait_until,
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

SLOWLY = {"CODEK7_CORES": "1"}
"""So that a job is not over before something has happened to it, however many cores the machine has."""


class Restart(Protocol):
    """`restart(CODEK7_TRIES="2")`: a server of the test's home, with the same keys as the one before."""

    def __call__(self, **environ: str) -> RunningServer: ...


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def restart(no_settings_from_outside: None, home: Path) -> Iterator[Restart]:
    started: list[RunningServer] = []

    def restart(**environ: str) -> RunningServer:
        keys: Mapping[str, str] | None = started[0].keys if started else None
        started.append(start(home, keys=keys, **environ))
        return started[-1]

    yield restart
    for server in started:
        if server.process.poll() is None:
            kill(server)


def kill(server: RunningServer) -> None:
    """As a crash or an operating system does it."""
    server.process.kill()
    server.process.wait()


def outcomes(client: httpx.Client, asset_id: str) -> set[str]:
    """How the attempts of an asset's job ended."""
    return {attempt["outcome"] for attempt in the_job(client, asset_id)["attempts"]}


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_whatever_is_killed_the_job_goes_on(restart: Restart, home: Path, long: Path) -> None:
    server = restart(**SLOWLY)
    with server.client("uploader") as client:
        asset = upload(client, long)
        first = wait_going(client, asset, 0.1)
        (worker,) = workers(server)
        os.kill(worker, signal.SIGKILL)
        wait_until(client, asset, lambda job: job["tries"] == 1 and job["state"] == "working", "a worker")
        before = wait_going(client, asset, 0.4)
        kill(server)
    server = restart(**SLOWLY)
    with server.client("uploader") as client:
        found = wait_going(client, asset, 0.0)
        assert found["progress"] >= before["progress"], "nobody sees it fall"
        wait_until(client, asset, lambda job: job["state"] == "working", "a worker")
    assert server.stop() == 0
    catalog = codek7_open_catalog(home)
    assert (catalog.job(first["id"]).state, catalog.asset(asset).state) == ("queued", "queued")
    server = restart()
    with server.client("uploader") as client:
        assert wait_over(client, asset)["state"] == "published"
        job = the_job(client, asset)
    assert (job["id"], job["tries"]) == (first["id"], 1), "only a death of its worker counts"
    deaths = [moment["event"]["reason"] for moment in job["history"] if moment["name"] == "worker-died"]
    assert deaths == ["the worker was ended by SIGKILL"]
    assert server.stop() == 0
    nothing_is_left(home)


def test_what_is_frozen_is_ended(restart: Restart, home: Path, long: Path, ffmpeg: str) -> None:
    server = restart(CODEK7_STALL_S="5", **SLOWLY)
    with server.client("uploader") as client:
        asset = upload(client, long)
        wait_going(client, asset, 0.02)
        stop(lambda: running(ffmpeg, str(home)), "an encoder")
        until(lambda: "stalled" in outcomes(client, asset), "its end")
        (worker,) = workers(server)
        os.kill(worker, signal.SIGSTOP)
    kill(server)
    server = restart()
    until(lambda: not lives(worker), "its end")
    with server.client("uploader") as client:
        assert wait_over(client, asset)["state"] == "published"
    assert server.stop() == 0
    nothing_is_left(home)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_what_cannot_be_done_is_said_and_what_can_later_is(
    restart: Restart, home: Path, short: Path, long: Path
) -> None:
    home.mkdir()
    (home / "codek7_plugins.py").write_text(DIES)
    server = restart(CODEK7_TRIES="2")
    with server.client("uploader") as client:
        asset = upload(client, short)
        over = wait_over(client, asset)
        assert (over["state"], over["error"]["code"]) == ("failed", "worker-lost")
        assert "exit code 7" in over["error"]["message"]
        history = the_job(client, asset)["history"]
        deaths = [moment["event"] for moment in history if moment["name"] == "worker-died"]
        assert len(deaths) == 2
        assert all("out of luck" in death["tail"] for death in deaths)
        (home / "codek7_plugins.py").unlink()
        assert client.post(f"/api/jobs/{over['id']}/requeue").status_code == 200
        assert wait_over(client, asset)["state"] == "published"

        until(lambda: not workers(server), "the worker of that job to be gone")
        asset = upload(client, long)
        until(lambda: bool(workers(server)), "a worker")
        (worker,) = workers(server)
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))  # the disk is full
        wait_until(client, asset, lambda job: job["state"] == "published", "space, and another try")
        job = the_job(client, asset)
    errors = [moment["event"]["code"] for moment in job["history"] if moment["name"] == "error"]
    assert (errors, job["tries"]) == (["disk-full"], 1)
    assert server.stop() == 0
    nothing_is_left(home)


def test_restarts_under_load_leave_nothing_behind(
    restart: Restart, home: Path, long: Path, short: Path
) -> None:
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    assets: list[str] = []
    for number in range(4):
        server = restart()
        with server.client("uploader") as client:
            assets.append(upload(client, short if number % 2 else long, title=f"{seed}-{number}"))
            time.sleep(chance.random() * 1.5)
        if number % 2:
            assert server.stop() == 0
        else:
            kill(server)
    server = restart()
    with server.client("uploader") as client:
        states = {wait_over(client, asset)["state"] for asset in assets}
    assert states == {"published"}, f"seed {seed}"
    assert server.stop() == 0
    nothing_is_left(home)
