"""Several processes at one catalog, and processes that die in the middle of it."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from codek7.catalog.opening import CatalogFile
from codek7.core.errors import CatalogBusy
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story
from tests.catalog.writer import job_of

ROOT = Path(__file__).resolve().parents[2]


def python(*arguments: str) -> subprocess.Popen[str]:
    """Another process, whose output we read."""
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def writer(home: Path, name: str, count: int) -> subprocess.Popen[str]:
    return python("-m", "tests.catalog.writer", str(home), name, str(count))


@contextmanager
def other_process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs the code until it prints a line, and then for as long as the block."""
    with python("-c", code, *arguments) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            yield process
        finally:
            process.kill()


def test_many_processes_write_and_read_at_once(tmp_path: Path) -> None:
    count, names = 8, ("ann", "bob", "cyd")
    writers = [writer(tmp_path, name, count) for name in names]
    catalog = codek7_open_catalog(tmp_path)
    while any(process.poll() is None for process in writers):
        assets = catalog.assets()
        assert all(asset.state == "working" for asset in assets)
        ((events,),) = catalog.query("SELECT count(*) FROM event").rows
        assert events % len([*Story(chunks=1).created(), *Story().planned(), *Story().encoded(0)]) == 0
    assert [process.communicate()[0].split() for process in writers] == [[*map(str, range(count))]] * 3
    assert [process.returncode for process in writers] == [0, 0, 0]
    wanted = {f"{name}-{number}" for name in names for number in range(count)}
    assert {asset.id for asset in catalog.assets()} == wanted


def test_a_process_that_is_killed_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    for turn in range(5):
        process = writer(tmp_path, f"w{turn}", 1000)
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(random.random() * 0.3)
        process.send_signal(signal.SIGKILL)
        told = [first, *process.stdout.readlines()]
        process.wait()
        acknowledged |= {f"w{turn}-{number.strip()}" for number in told if number.endswith("\n")}
        catalog = codek7_open_catalog(tmp_path)
        found = {asset.id for asset in catalog.assets(limit=10_000)}
        assert acknowledged <= found
        assert len(found - acknowledged) <= turn + 1, "at most the one in flight, each time"
        for asset_id in found:
            name, _, number = asset_id.partition("-")
            assert catalog.live_work() >= job_of(name, int(number)).samples
        assert {len(catalog.detail(asset_id)["events"]) for asset_id in list(found)[:3]} == {8}


DIES = """
import os, sys
from pathlib import Path
from codek7.catalog.opening import CatalogFile
with CatalogFile(Path(sys.argv[1])).opened() as connection:
    connection.execute("INSERT INTO schema_version VALUES (0, 4711)")
    if sys.argv[2] == "committed":
        connection.commit()
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(("when", "rows"), [("committed", 1), ("before", 0)])
def test_what_a_dead_process_left_in_the_log_is_taken_in(tmp_path: Path, when: str, rows: int) -> None:
    catalog = codek7_open_catalog(tmp_path)
    catalog.apply("job", Story().created())
    with python("-c", DIES, str(tmp_path), when) as process:
        assert process.wait() == -signal.SIGKILL
    log = tmp_path / "catalog.duckdb.wal"
    assert log.exists() == (when == "committed")
    assert len(catalog.query("FROM schema_version WHERE applied_us = 4711").rows) == rows
    assert not log.exists()
    assert catalog.asset(Story().asset_id).title == Story().title


def test_nobody_finds_it_open_after_a_call(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    for batch in Story().whole():
        catalog.apply("job", batch)
    catalog.query("SELECT 1")
    with pytest.raises(LookupError):
        catalog.asset("nothing")
    code = "import duckdb, sys; print(duckdb.connect(sys.argv[1]).execute('FROM asset').fetchall())"
    with python("-c", code, str(tmp_path / "catalog.duckdb")) as process:
        assert Story().asset_id in process.communicate()[0]
        assert process.returncode == 0


HOLDS = """
import sys, time
from pathlib import Path
from codek7.catalog.lock import turn
with turn(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""
OPENS = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize(("code", "path"), [(HOLDS, "run/catalog.lock"), (OPENS, "catalog.duckdb")])
def test_who_keeps_it_too_long_is_named(tmp_path: Path, code: str, path: str) -> None:
    file = CatalogFile(tmp_path, wait_s=0.2)
    with file.opened():
        pass
    with other_process(code, str(tmp_path / path), "300") as holder, pytest.raises(CatalogBusy) as caught:
        file.opened().__enter__()
    assert f"process {holder.pid} " in str(caught.value)
    with file.opened() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


@pytest.mark.parametrize(("code", "path"), [(HOLDS, "run/catalog.lock"), (OPENS, "catalog.duckdb")])
def test_everyone_waits_for_a_turn(tmp_path: Path, code: str, path: str) -> None:
    catalog = codek7_open_catalog(tmp_path)
    catalog.apply("job", Story().created())
    with other_process(code, str(tmp_path / path), "0.5"):
        assert len(catalog.assets()) == 1


def test_this_process_is_named_when_it_opened_the_file_itself(tmp_path: Path) -> None:
    import duckdb

    file = CatalogFile(tmp_path, wait_s=0.2)
    with file.opened():
        pass
    with duckdb.connect(tmp_path / "catalog.duckdb"), pytest.raises(CatalogBusy, match="this process"):
        file.opened().__enter__()


FORKS = """
import os, sys
from pathlib import Path
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story
catalog = codek7_open_catalog(Path(sys.argv[1]))
catalog.apply("job", Story().created())
child = os.fork()
if child == 0:
    catalog.apply("job2", Story(asset_id="child").created())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
catalog.apply("job3", Story(asset_id="parent").created())
print(len(catalog.assets()))
"""


def test_a_forked_process_may_go_on_with_it(tmp_path: Path) -> None:
    with python("-c", FORKS, str(tmp_path)) as process:
        assert process.communicate()[0].strip() == "3"


FILLS = """
import resource, sys
from pathlib import Path
from codek7.core.errors import DiskFull
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story
home, limit = Path(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
catalog = codek7_open_catalog(home)
try:
    for number in range(100):
        catalog.apply(str(number), Story(asset_id=str(number)).created())
except DiskFull as error:
    print(error)
"""


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_full_disk_is_said_and_damages_nothing(tmp_path: Path, part: float) -> None:
    catalog = codek7_open_catalog(tmp_path)
    for batch in Story().whole():
        catalog.apply("job", batch)
    before = catalog.detail(Story().asset_id)
    limit = int((tmp_path / "catalog.duckdb").stat().st_size * part)
    with python("-c", FILLS, str(tmp_path), str(limit)) as process:
        assert f"no space is left for the catalog in {tmp_path}" in process.communicate()[0]
    assert catalog.detail(Story().asset_id) == before
    catalog.apply("job2", Story(asset_id="after").created())
