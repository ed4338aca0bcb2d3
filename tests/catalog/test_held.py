"""A catalog that one process keeps open: the same answers, from where nobody waits for a file."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from codek7.catalog.holding import HeldFile
from codek7.catalog.opening import CatalogFile
from codek7.core.errors import AssetNotFound, CatalogBusy, QueryInvalid, QueryTooBig
from codek7.core.events import Told, WorkProgressed
from codek7.core.ports import Catalog
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story

ROOT = Path(__file__).resolve().parents[2]
ENDLESS = "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i > 0) SELECT max(i) FROM r"


@pytest.fixture
def told() -> list[Told]:
    """What the holder heard."""
    return []


@pytest.fixture
def catalog(tmp_path: Path, told: list[Told]) -> Iterator[Catalog]:
    catalog = codek7_open_catalog(tmp_path)
    with catalog.hold(told.extend):
        yield catalog


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def shared(shared_home: Path) -> Iterator[Catalog]:
    """One for all queries."""
    (shared_home / "secret.csv").write_text("password\ns3cr3t\n")
    catalog = codek7_open_catalog(shared_home)
    with catalog.hold():
        catalog.apply("job", Story().created())
        yield catalog


def test_what_is_committed_is_told_in_order_with_its_place_in_the_history(
    catalog: Catalog, told: list[Told]
) -> None:
    story = Story()
    batches = list(story.whole())
    for batch in batches:
        catalog.apply("job", [*batch, WorkProgressed(
            asset_id=story.asset_id, rendition="video-0", done_us=1, total_us=2
        )])  # fmt: skip
    assert [each.event for each in told] == [event for batch in batches for event in batch]
    history = catalog.history(after=0)
    assert [each.id for each in told] == [each.id for each in history]
    assert [each.event["event"] for each in history] == [each.name for each in history]
    assert catalog.last_event() == told[-1].id
    middle = told[3].id
    assert [each.id for each in catalog.history(after=middle, limit=2)] == [e.id for e in told[4:6]]
    assert catalog.asset(story.asset_id).state == "published"


def test_what_fails_is_neither_kept_nor_told(catalog: Catalog, told: list[Told]) -> None:
    with pytest.raises(AssetNotFound):
        catalog.apply("job", [*Story().created(), *Story(asset_id="other").planned()])
    assert not told
    assert not catalog.assets()
    catalog.apply("job", Story().created())
    assert len(catalog.assets()) == 1


def test_many_threads_write_and_read_at_once(catalog: Catalog, told: list[Told]) -> None:
    def work(number: int) -> None:
        story = Story(asset_id=f"asset{number}", source=f"{number}")
        for batch in story.whole():
            catalog.apply(f"job{number}", batch)
            assert catalog.asset(story.asset_id).id == story.asset_id
            assert catalog.query("SELECT count(*) FROM asset").rows
        assert catalog.detail(story.asset_id)["asset"]["state"] == "published"

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert {asset.state for asset in catalog.assets()} == {"published"}
    ids = [each.id for each in told]
    assert ids == sorted(set(ids))


def test_it_is_an_ordinary_file_again_afterwards(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    with catalog.hold():
        catalog.apply("job", Story().created())
    assert not (tmp_path / "catalog.duckdb.wal").exists()
    assert catalog.asset(Story().asset_id).title == Story().title
    code = "import duckdb, sys; print(duckdb.connect(sys.argv[1]).execute('FROM asset').fetchall())"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "catalog.duckdb")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert Story().asset_id in done.stdout


HOLDS = """
import sys, time
from pathlib import Path
from codek7.plugins.catalog_duckdb import codek7_open_catalog
with codek7_open_catalog(Path(sys.argv[1])).hold():
    print("held", flush=True)
    time.sleep(60)
"""


def test_who_holds_it_is_named_to_those_who_wait_in_vain(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline()
        with pytest.raises(CatalogBusy, match=f"process {holder.pid} "):
            CatalogFile(tmp_path, wait_s=0.2).opened().__enter__()
        holder.kill()
    assert not codek7_open_catalog(tmp_path).assets()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nextval('event_id')",
        "SELECT setval('event_id', 1)",
        "SELECT * FROM query('SELECT nextval(''event_id'')')",
        "SELECT * FROM query_table('asset')",
        "SELECT * FROM checkpoint()",
        "SELECT * FROM force_checkpoint()",
        "SELECT * FROM truncate_duckdb_logs()",
        "SELECT * FROM enable_logging()",
        "SELECT write_log('x')",
        "SELECT sleep_ms(10)",
        "SELECT * FROM read_blob('{home}/catalog.duckdb')",
        "SELECT * FROM read_text('{home}/catalog.duckdb.wal')",
        "SELECT (SELECT max(size) FROM read_blob('{home}/catalog.duckdb'))",
        "WITH x AS (FROM read_duckdb('{home}/catalog.duckdb')) FROM x",
        "SELECT * FROM '{home}/catalog.duckdb'",
        "SELECT * FROM '{home}/secret.csv'",
        "SELECT * FROM read_csv('{home}/secret.csv')",
        "SELECT * FROM glob('{home}/*')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM json_execute_serialized_sql('{{}}')",
        "SELECT * FROM pandas_scan(1)",
        "SELECT * FROM sniff_csv('{home}/secret.csv')",
        "EXPLAIN ANALYZE SELECT nextval('event_id')",
        "SET memory_limit = '10GB'",
        "ATTACH '{home}/other.duckdb'",
        "COPY asset TO '{home}/out.csv'",
        "PRAGMA database_list",
        "BEGIN",
        "COMMIT",
        "DELETE FROM asset",
        "WITH x AS (DELETE FROM asset RETURNING id) FROM x",
        "WITH x AS (COPY (SELECT 1) TO '{home}/catalog.duckdb.wal') SELECT 1",
        "WITH x AS (COPY (SELECT 1) TO '{home}/catalog.duckdb' (FORMAT csv, USE_TMP_FILE false)) SELECT 1",
        "SELECT (WITH x AS (COPY (SELECT 1) TO '{home}/catalog.duckdb.wal') SELECT 1)",
        "SELECT 1; SELECT 2",
    ],
)
def test_a_query_does_nothing_but_read_tables(shared: Catalog, shared_home: Path, sql: str) -> None:
    before = shared.last_event()
    with pytest.raises(QueryInvalid) as caught:
        shared.query(sql.format(home=shared_home))
    assert "s3cr3t" not in str(caught.value)
    shared.apply("job2", Story(asset_id="second").created())
    assert shared.last_event() == before + 1
    assert {path.name for path in shared_home.iterdir() if path.is_file()} <= {
        "catalog.duckdb", "catalog.duckdb.wal", "secret.csv"
    }  # fmt: skip


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW TABLES", "DESCRIBE rendition", "SUMMARIZE asset", "FROM asset", "VALUES (1), (2)", "SELECT 1;",
        "WITH a AS (FROM asset) SELECT count(*) FROM a", "SELECT unnest(range(3))", "FROM range(3)",
        "SELECT e.value FROM event, json_each(event.event) e LIMIT 1",
    ],
)  # fmt: skip
def test_what_reads_can_be_asked(shared: Catalog, sql: str) -> None:
    assert shared.query(sql).rows


def test_nobody_waits_for_a_query_and_a_long_one_is_stopped(catalog: Catalog, tmp_path: Path) -> None:
    caught: list[str] = []

    def ask() -> None:
        try:
            catalog.query(ENDLESS, timeout_s=5)
        except QueryInvalid as error:
            caught.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    written = 0
    while asking.is_alive():
        catalog.apply(f"job{written}", Story(asset_id=f"asset{written}").created())
        written += 1
    assert "longer than 5 s" in caught[0]
    assert written > 3
    assert not list((tmp_path / "run").glob("query-*")), "nothing is copied"


def test_queries_that_take_too_much_memory_leave_writers_alone(catalog: Catalog) -> None:
    """Queries are stopped while there is plenty left; what is written meanwhile is committed."""
    over, stopped = threading.Event(), threading.Semaphore(0)

    def ask_for_much() -> None:
        while not over.is_set():
            with pytest.raises(QueryTooBig):
                catalog.query("SELECT list(i) FROM range(1000000000) n (i)")
            stopped.release()

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask_for_much) for _ in range(2)]
        written = 0
        while not stopped.acquire(blocking=False):
            catalog.apply("job", Story(asset_id=f"a{written}").created())
            written += 1
        over.set()
        for each in asking:
            each.result()
    assert len(catalog.assets(limit=written + 1)) == written


def test_the_end_waits_for_calls_and_ends_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("codek7.catalog.holding._DRAIN_S", 0.2)
    begun, reading = threading.Event(), HeldFile.reading

    @contextmanager
    def noticed(file: HeldFile) -> Iterator[Any]:
        with reading(file) as connection:
            begun.set()
            yield connection

    monkeypatch.setattr(HeldFile, "reading", noticed)
    catalog = codek7_open_catalog(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        with catalog.hold():
            catalog.apply("job", Story().created())
            asking = pool.submit(catalog.query, ENDLESS)
            assert begun.wait(60)
        with pytest.raises((QueryInvalid, KeyboardInterrupt)):
            asking.result(60)
    assert catalog.assets()


FILLS = """
import resource, sys
from pathlib import Path
from codek7.core.errors import DiskFull
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story
home, limit = Path(sys.argv[1]), int(sys.argv[2])
catalog = codek7_open_catalog(home)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
done, full = 0, 0
with catalog.hold():
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    for number in range(2000):
        try:
            catalog.apply(f"job{number}", Story(asset_id=f"a{number}").created())
            done += 1
        except DiskFull:
            full += 1
            if full == 3:
                assert catalog.asset("a0"), "what was there is read as before"
                resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            if full > 3:
                raise
        if full == 3 and done >= 5:
            break
    catalog.apply("after", Story(asset_id="after").created())
    print(done, len(catalog.assets(limit=5000)), full)
"""


def test_a_full_disk_passes_without_a_restart(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    catalog.apply("job", Story(asset_id="a0").created())
    done = subprocess.run(
        [sys.executable, "-c", FILLS, str(tmp_path), "100000"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    written, found, full = map(int, done.stdout.split())
    assert full == 3
    assert found == written + 1
    assert len(catalog.assets(limit=5000)) == found


def test_a_query_gives_at_most_so_many_rows(catalog: Catalog) -> None:
    assert len(catalog.query("FROM range(100)", limit=7).rows) == 7
