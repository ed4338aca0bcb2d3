"""Queries by people reach the tables and nothing else."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from codek7.catalog import querying
from codek7.catalog.opening import CatalogFile
from codek7.core.errors import QueryInvalid
from codek7.core.ports import Catalog
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story

ENDLESS = "WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i > 0) SELECT max(i) FROM r"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    catalog = codek7_open_catalog(home)
    for batch in Story().whole():
        catalog.apply("job", batch)
    (home / "secret.csv").write_text("password\ns3cr3t\n")
    return home


@pytest.fixture
def catalog(home: Path) -> Catalog:
    return codek7_open_catalog(home)


def files_of(home: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "catalog.lock"
    }


def test_no_query_reaches_a_file_the_network_or_a_setting(home: Path, catalog: Catalog) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    port = listener.getsockname()[1]
    outside = home / "out.csv"
    before = files_of(home)
    variable_of_this_process = [("s3cr3t",)]
    for sql in (
        f"SELECT * FROM read_csv('{home}/secret.csv')",
        f"SELECT * FROM '{home}/secret.csv'",
        f"SELECT * FROM read_text('{home}/secret.csv')",
        f"SELECT * FROM read_blob('{home}/*')",
        f"SELECT * FROM read_json('{home}/secret.csv')",
        f"SELECT * FROM read_parquet('{home}/secret.csv')",
        f"SELECT * FROM sniff_csv('{home}/secret.csv')",
        f"SELECT * FROM glob('{home}/*')",
        f"SELECT * FROM read_csv('http://127.0.0.1:{port}/x.csv')",
        f"SELECT * FROM 'http://127.0.0.1:{port}/x.parquet'",
        "SELECT * FROM duckdb_secrets()",
        "SELECT getenv('HOME')",
        "SELECT * FROM variable_of_this_process",
        f"COPY asset TO '{outside}'",
        f"EXPORT DATABASE '{outside}'",
        f"ATTACH '{home}/other.duckdb'",
        f"ATTACH 'http://127.0.0.1:{port}/x.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET enable_external_access",
        "PRAGMA enable_external_access = true",
        "CALL force_checkpoint()",
        "SELECT * FROM query('DROP TABLE asset')",
        "SELECT * FROM sqlite_scan('x.db', 'x')",
        f"EXPLAIN ANALYZE COPY asset TO '{outside}'",
        "EXPLAIN ANALYZE DELETE FROM asset",
        "WITH gone AS (DELETE FROM asset RETURNING *) SELECT * FROM gone",
        "PREPARE p AS SELECT 1",
        "BEGIN",
    ):
        with pytest.raises(QueryInvalid) as caught:
            catalog.query(sql)
        assert "s3cr3t" not in str(caught.value), sql
    assert variable_of_this_process
    with pytest.raises(TimeoutError):
        listener.accept()
    listener.close()
    assert files_of(home) == before


@pytest.mark.parametrize(
    "sql",
    [
        "SHOW TABLES",
        "DESCRIBE rendition",
        "SUMMARIZE asset",
        "EXPLAIN SELECT * FROM asset",
        "FROM asset",
        "VALUES (1), (2)",
        "WITH a AS (FROM asset) SELECT count(*) FROM a",
        "SELECT 1;",
        "SELECT name, unnest(segments, recursive := true) FROM rendition",
        "SELECT median(s.size_bytes) FROM rendition, unnest(segments) AS t (s)",
    ],
)
def test_what_reads_can_be_asked(catalog: Catalog, sql: str) -> None:
    assert catalog.query(sql).rows


def test_times_with_a_zone_come_as_text(catalog: Catalog) -> None:
    sql = (
        "SELECT i, TIMESTAMPTZ '2020-01-02 03:04:05+02' AS moment, [moment] AS several "
        "FROM range(5) n (i) ORDER BY i DESC"
    )
    found = catalog.query(sql, limit=2)
    assert found.columns == ("i", "moment", "several")
    utc = "2020-01-02 01:04:05+00"
    assert found.rows == [(4, utc, f"['{utc}']"), (3, utc, f"['{utc}']")]


def test_rare_values_come_plain_too(catalog: Catalog) -> None:
    sql = (
        "SELECT 'x'::BLOB, INTERVAL 3 HOURS, TIME '10:00:00', MAP {1: 2}, "
        "170141183460469231731687303715884105727, "
        "UUID '4e6d1bbe-d45c-4fa3-9c37-598f18ae4d71', 'a'::ENUM ('a', 'b'), MAP {[1]: 2}"
    )
    (row,) = catalog.query(sql).rows
    assert row[:5] == ("78", 10_800.0, "10:00:00", {"1": 2}, float(2**127))
    assert row[5:] == ("4e6d1bbe-d45c-4fa3-9c37-598f18ae4d71", "a", {"key": [[1]], "value": [2]})


def test_a_query_that_takes_too_long_is_stopped(home: Path) -> None:
    with pytest.raises(QueryInvalid, match=r"longer than 0\.2 s"):
        querying.run(CatalogFile(home), ENDLESS, 10, timeout_s=0.2)


def interrupted(call: Callable[[], object]) -> None:
    """Ctrl-C comes when the call has gone on for a moment: never before anybody expects it."""
    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
    call()


def test_a_query_can_be_interrupted(home: Path) -> None:
    """Long before it would be stopped anyway."""
    with pytest.raises(KeyboardInterrupt):
        interrupted(lambda: querying.run(CatalogFile(home), ENDLESS, 10, timeout_s=3600))


def test_one_that_is_read_as_arrow_too(home: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted(lambda: querying.run_as_arrow(CatalogFile(home), None, ENDLESS, 10, timeout_s=3600))


def test_a_write_can_be_interrupted_and_leaves_nothing(catalog: Catalog, home: Path) -> None:
    def forget_everything() -> None:
        with CatalogFile(home).opened() as connection:
            connection.execute("DELETE FROM event")
            connection.execute(ENDLESS)

    with pytest.raises(KeyboardInterrupt):
        interrupted(forget_everything)
    assert catalog.query("SELECT count(*) FROM event").rows != [(0,)]


def test_a_query_that_takes_too_much_memory_is_stopped(catalog: Catalog) -> None:
    with pytest.raises(QueryInvalid, match="Out of Memory"):
        catalog.query("SELECT count(l) FROM (SELECT list(i) AS l FROM range(1000000000) n (i))")


def test_nobody_waits_for_a_query(home: Path, catalog: Catalog) -> None:
    failed: list[QueryInvalid] = []

    def ask() -> None:
        try:
            querying.run(CatalogFile(home), ENDLESS, 10, timeout_s=5)
        except QueryInvalid as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    written = 0
    while asking.is_alive():
        catalog.apply(f"job{written}", Story(asset_id=f"asset{written}").created())
        written += 1
    assert failed
    assert written > 5


def test_the_copy_of_a_query_that_was_killed_is_cleared_away(home: Path, catalog: Catalog) -> None:
    left = home / "run" / "query-left"
    left.mkdir()
    (left / "catalog.duckdb").write_bytes(b"x")
    assert catalog.query("SELECT 1").rows == [(1,)]
    assert not list((home / "run").glob("query-*"))
