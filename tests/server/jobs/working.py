"""Jobs of a real server, as a client sees them, and what must be true of its home afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from codek7.plugins.catalog_duckdb import codek7_open_catalog
from tests.ffmpeg.processes import mentioning
from tests.server.conftest import RunningServer

PATIENCE_S = 120
OVER = ("published", "held", "refused", "failed", "cancelled", "interrupted", "superseded")


def upload(client: httpx.Client, clip: Path, **fields: str) -> str:
    """The id of the asset that a file becomes."""
    with clip.open("rb") as file:
        answer = client.post("/api/assets", files={"file": (clip.name, file, "video/mp4")}, data=fields)
    assert answer.status_code == 201, answer.text
    asset: str = answer.json()["asset"]
    return asset


def jobs(client: httpx.Client, asset_id: str = "") -> list[dict[str, Any]]:
    """The newest first."""
    answer = client.get("/api/jobs", params={"asset_id": asset_id, "limit": 1000})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def the_job(client: httpx.Client, asset_id: str) -> dict[str, Any]:
    """The asset's newest job, with all that is known of it."""
    answer = client.get(f"/api/jobs/{jobs(client, asset_id)[0]['id']}")
    assert answer.status_code == 200, answer.text
    job: dict[str, Any] = answer.json()
    return job


def wait_until(
    client: httpx.Client, asset_id: str, done: Callable[[dict[str, Any]], bool], what: str
) -> dict[str, Any]:
    """The asset's newest job once it is so."""
    end = time.monotonic() + PATIENCE_S
    while not done(job := jobs(client, asset_id)[0]):
        assert time.monotonic() < end, f"waited in vain for {what}: {job}"
        time.sleep(0.05)
    return job


def wait_over(client: httpx.Client, asset_id: str) -> dict[str, Any]:
    """The asset's newest job once it has ended."""
    return wait_until(client, asset_id, lambda job: job["state"] in OVER, "its end")


def wait_going(client: httpx.Client, asset_id: str, progress: float = 0.2) -> dict[str, Any]:
    """The asset's job once it is well under way."""
    return wait_until(client, asset_id, lambda job: job["progress"] >= progress, "progress")


def workers(server: RunningServer) -> list[int]:
    """The server's worker processes."""
    return [pid for pid in mentioning("codek7_server.jobs.worker") if _home_of(pid, server)]


def _home_of(pid: int, server: RunningServer) -> bool:
    return any(
        _said_in(path).split()[:1] == [str(pid)] for path in (server.home / "run").glob("worker-*.lock")
    )


def _said_in(lock: Path) -> str:
    try:
        return lock.read_text()
    except FileNotFoundError:  # its worker has ended just now
        return ""


def programs(home: Path) -> list[int]:
    """All processes that work in a home, but its server."""
    return [pid for pid in mentioning(str(home)) if pid != os.getpid() and not _is_server(pid)]


def _is_server(pid: int) -> bool:
    command = _command_of(pid)
    return not command or b"serve" in command.split(b"\0")


def _command_of(pid: int) -> bytes:
    """Nothing of one that has just ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def nothing_is_left(home: Path) -> None:
    """No process, temporary file or pending row; each object was encoded once. The server is stopped."""
    end = time.monotonic() + PATIENCE_S
    while programs(home) and time.monotonic() < end:
        time.sleep(0.05)
    assert not [_command_of(pid) for pid in programs(home)]
    catalog = codek7_open_catalog(home)
    pending = catalog.query(
        "SELECT id, state FROM job WHERE state IN ('queued', 'working', 'interrupted')"
    ).rows
    assert not pending
    assert not list((home / "scratch").glob("task-*")), "scratch folders"
    assert not list((home / "run").glob("worker-*")), "locks of workers"
    assert not [path for path in (home / "store").rglob("*") if path.is_file() and ".tmp" in path.name]
    made = Counter(key for (key,) in catalog.query(
        "SELECT unnest(keys) FROM attempt WHERE outcome = 'done'", limit=100_000
    ).rows)  # fmt: skip
    assert {key: count for key, count in made.items() if count > 1} == {}
    assert {path.name for path in (home / "sources").iterdir()} == {a.id for a in catalog.assets()}


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command beside the server."""
    return subprocess.run(
        [sys.executable, "-m", "codek7", *arguments, "--home", str(home)],
        capture_output=True, text=True, check=False, timeout=PATIENCE_S,
    )  # fmt: skip
