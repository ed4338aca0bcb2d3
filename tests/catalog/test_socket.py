"""A catalog that another process holds, used over its socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from codek7.catalog.address import connect, socket_path
from codek7.catalog.service import alone, serving
from codek7.catalog.wire import METHODS, receive, result_of, send
from codek7.core.errors import (
    AssetNotFound,
    CatalogBusy,
    CatalogLost,
    JobNotFound,
    QueryInvalid,
    StateConflict,
    UsageError,
)
from codek7.core.jobs import JobState
from codek7.core.ports import Catalog
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story
from tests.catalog.writer import job_of

PUBLISHED: tuple[JobState, ...] = ("published",)
ROOT = Path(__file__).resolve().parents[2]

SERVES = """
import sys, time
from pathlib import Path
from typing import Any
from codek7.catalog.service import alone, serving
from codek7.plugins.catalog_duckdb import codek7_open_catalog
home = Path(sys.argv[1])
catalog = codek7_open_catalog(home)
with alone(home), catalog.hold(), serving(home, catalog, lambda process, job_id: None):
    print("up", flush=True)
    sys.stdin.read()
"""


def serve(home: Path) -> subprocess.Popen[str]:
    """A process that holds and serves a home until its standard input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVES, str(home)], cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@contextmanager
def served(home: Path) -> Iterator[subprocess.Popen[str]]:
    process = serve(home)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def refuse(process: int, job_id: str) -> None:
    """Admits one job's events only."""
    if job_id != "mine":
        raise StateConflict(f"{job_id} of {process}", hint="ask for another")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that this process holds and serves; other catalogs of it use the socket."""
    catalog = codek7_open_catalog(tmp_path)
    with catalog.hold(), serving(tmp_path, catalog, refuse):
        yield tmp_path


@pytest.fixture
def catalog(home: Path) -> Catalog:
    return codek7_open_catalog(home)


def test_only_its_user_can_reach_it(home: Path) -> None:
    assert socket_path(home).stat().st_mode & 0o777 == 0o600
    assert socket_path(home).parent.stat().st_mode & 0o777 == 0o700


def test_every_method_answers_as_the_file_does(catalog: Catalog, home: Path) -> None:
    story = Story()
    for batch in story.whole():
        catalog.apply("mine", batch)
    over_socket = everything(catalog, story)
    with pytest.raises(AssetNotFound):
        catalog.asset("nothing")
    assert over_socket["query"].rows == [(1, 2**53 + 1, None, [1.5])]
    assert connect(home, 60) is not None


def everything(catalog: Catalog, story: Story) -> dict[str, Any]:
    """What each method that reads says."""
    asset = story.asset_id
    return {
        "asset": catalog.asset(asset),
        "assets": catalog.assets(limit=5),
        "of source": catalog.assets(source_sha256=catalog.asset(asset).source.sha256),
        "detail": catalog.detail(asset),
        "parts": catalog.detail(asset, parts=("rates",)),
        "versions": catalog.versions(),
        "live": catalog.live_work(),
        "without": catalog.live_work([(a, v) for a, v, _, _ in catalog.versions()]),
        "work": catalog.work_of(asset),
        "job": catalog.job("mine"),
        "jobs": catalog.jobs(states=PUBLISHED),
        "before": catalog.jobs(before=(1, "")),
        "history": catalog.history(after=2, asset_id=asset),
        "last": catalog.last_event(),
        "query": catalog.query("SELECT 1, 9007199254740993, NULL, [1.5::DOUBLE] AS x"),
    }


def test_the_file_says_the_same_afterwards(tmp_path: Path) -> None:
    story, remote = Story(), codek7_open_catalog(tmp_path)
    with served(tmp_path) as server:
        for batch in story.whole():
            remote.apply("mine", batch)
        before = everything(remote, story)
        assert server.stdin is not None
        server.communicate(timeout=60)
        assert server.returncode == 0
    assert not socket_path(tmp_path).exists()
    assert everything(codek7_open_catalog(tmp_path), story) == before
    assert everything(remote, story) == before


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda c: c.asset("x"), AssetNotFound),
        (lambda c: c.job("x"), JobNotFound),
        (lambda c: c.remove("x"), AssetNotFound),
        (lambda c: c.query("SELEKT"), QueryInvalid),
        (lambda c: c.query("SELECT nextval('event_id')"), QueryInvalid),
        (lambda c: c.apply("mine", Story().planned()), AssetNotFound),
        (lambda c: c.apply("other", Story().created()), StateConflict),
    ],
)  # fmt: skip
def test_errors_cross_as_they_are(catalog: Catalog, call: object, error: type[Exception]) -> None:
    assert callable(call)
    with pytest.raises(error) as caught:
        call(catalog)
    assert type(caught.value) is error
    assert getattr(caught.value, "hint", "") or isinstance(caught.value, JobNotFound)


def test_who_speaks_nonsense_is_told_so(home: Path) -> None:
    connection = connect(home, 60)
    assert connection is not None
    for nonsense in (
        b"{", b"[]", b'{"method":"hold","params":{}}', b'{"method":"asset","params":{"x":1}}',
        b'{"method":"__init__","params":{}}', b'{"method":"asset","params":{"asset_id":7}}',
    ):  # fmt: skip
        send(connection, nonsense)
        with pytest.raises(UsageError):
            result_of(receive(connection), "asset")
    connection.sendall(b"\xff\xff\xff\xff")
    assert not receive(connection)
    connection.close()
    assert not codek7_open_catalog(home).assets()
    assert "hold" not in METHODS


def test_a_second_server_is_refused(tmp_path: Path) -> None:
    with served(tmp_path) as server, pytest.raises(CatalogBusy) as caught:
        alone(tmp_path).__enter__()
    assert f"process {server.pid} serves {tmp_path} already" in str(caught.value)
    with alone(tmp_path):
        pass


def test_what_a_dead_server_left_is_in_nobodys_way(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    with served(tmp_path) as server:
        catalog.apply("mine", Story().created())
        server.kill()
    assert socket_path(tmp_path).is_socket()
    assert catalog.asset(Story().asset_id).title == Story().title
    with served(tmp_path):
        assert catalog.asset(Story().asset_id).title == Story().title


def test_calls_go_on_while_servers_come_and_go(tmp_path: Path) -> None:
    """What was acknowledged is there once; what is lost says so."""
    acknowledged: set[str] = set()
    lost: set[str] = set()
    stopped = threading.Event()

    def write(name: str) -> None:
        catalog, number = codek7_open_catalog(tmp_path), 0
        while not stopped.is_set():
            number += 1
            try:
                catalog.apply(f"{name}{number}", Story(asset_id=f"{name}{number}").created())
                acknowledged.add(f"{name}{number}")
            except CatalogLost:
                lost.add(f"{name}{number}")
            catalog.assets(limit=1)

    writers = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for writer in writers:
        writer.start()
    for end in (signal.SIGKILL, signal.SIGINT, signal.SIGKILL):
        with served(tmp_path) as server:
            time.sleep(0.5)
            os.kill(server.pid, end)
            server.wait(60)
        time.sleep(0.2)
    stopped.set()
    for writer in writers:
        writer.join()
    catalog = codek7_open_catalog(tmp_path)
    found = {asset.id for asset in catalog.assets(limit=100_000)}
    assert acknowledged
    assert acknowledged <= found <= acknowledged | lost
    ((events, assets),) = catalog.query("SELECT count(*), count(DISTINCT asset_id) FROM event").rows
    assert events == assets == len(found)


def test_who_waits_for_the_file_notices_a_server(tmp_path: Path) -> None:
    """A server that holds the file already, and begins to listen only then."""
    codek7_open_catalog(tmp_path).apply("mine", Story().created())
    found: list[str] = []
    reading = threading.Thread(
        target=lambda: found.extend(asset.id for asset in codek7_open_catalog(tmp_path).assets())
    )
    held = codek7_open_catalog(tmp_path)
    with held.hold():
        reading.start()
        time.sleep(0.3)
        assert reading.is_alive()
        with serving(tmp_path, held, refuse):
            reading.join(60)
            assert found == [Story().asset_id]


def test_a_home_with_a_long_path_is_served_too(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30) / "home"
    home.mkdir(parents=True)
    catalog = codek7_open_catalog(home)
    with catalog.hold(), serving(home, catalog, refuse):
        assert connect(home, 60) is not None
        assert not codek7_open_catalog(home).assets()


def test_many_processes_at_once(tmp_path: Path) -> None:
    names = ("ann", "bob")
    with served(tmp_path):
        writers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.catalog.writer", str(tmp_path), name, "5"], cwd=ROOT,
                stdout=subprocess.PIPE, text=True,
            )
            for name in names
        ]  # fmt: skip
        assert [writer.communicate()[0].split() for writer in writers] == [[*map(str, range(5))]] * 2
        catalog = codek7_open_catalog(tmp_path)
        assert {asset.id for asset in catalog.assets()} == {f"{n}-{i}" for n in names for i in range(5)}
        assert catalog.live_work() >= job_of("ann", 1).samples
