"""Homes of older and newer schemas, and files that are no catalog at all."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from codek7.catalog import opening
from codek7.catalog.effects import At, effects
from codek7.catalog.migrations import MIGRATIONS, SCHEMA, TABLES_OF_A_SOURCE, TABLES_OF_AN_ASSET
from codek7.catalog.opening import CatalogFile, migrate
from codek7.catalog.statements import Row, batched
from codek7.core.errors import CatalogDamaged, CatalogError, CatalogNewer, HomeFaulty
from codek7.plugins.catalog_duckdb import codek7_open_catalog
from codek7.testing.story import Story


def write_schema_1(home: Path, story: Story) -> None:
    """A home as the release before wrote it: renditions did not know their rates."""
    home.mkdir(exist_ok=True)
    with duckdb.connect(home / "catalog.duckdb") as connection:
        migrate(connection, 0, 1)
        changes = [
            change for batch in story.whole() for event in batch for change in effects(event, At("job", 1))
        ]
        known = {(table, column) for table, column in connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns()").fetchall()}  # fmt: skip
        for number, change in enumerate(changes):
            if isinstance(change, Row):
                old = {name: value for name, value in change.columns.items() if (change.table, name) in known}
                changes[number] = Row(change.table, old)
        for sql, values in batched(changes):
            with suppress(duckdb.BinderException):  # columns that were unknown then
                connection.execute(sql, values)


def tables(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Columns and their types of every table of a file."""
    found: dict[str, list[tuple[str, str]]] = {}
    with duckdb.connect(path, read_only=True) as connection:
        columns = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() ORDER BY ALL"
        )
        for table, column, kind in columns.fetchall():
            found.setdefault(table, []).append((column, kind))
    return found


def test_a_home_of_an_older_schema_is_migrated_after_a_backup(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    write_schema_1(old, Story())
    before = (old / "catalog.duckdb").read_bytes()
    catalog, fresh = codek7_open_catalog(old), codek7_open_catalog(new)
    for batch in Story().whole():
        fresh.apply("job", batch)

    def without_times(detail: dict[str, Any]) -> dict[str, Any]:
        return {name: detail[name] for name in ("media", "renditions")}

    migrated = catalog.detail(Story().asset_id)
    assert without_times(migrated) == without_times(fresh.detail(Story().asset_id))
    assert migrated["asset"]["state"] == "published"
    assert tables(old / "catalog.duckdb") == tables(new / "catalog.duckdb")
    (backup,) = (old / "backups").iterdir()
    assert backup.name.startswith("catalog-v1-")
    assert backup.read_bytes() == before
    catalog.apply("job2", Story(asset_id="later").created())
    assert len(catalog.assets()) == 2
    assert len(list((old / "backups").iterdir())) == 1, "migrated once"


def test_the_backup_can_be_put_back(tmp_path: Path) -> None:
    write_schema_1(tmp_path, Story())
    codek7_open_catalog(tmp_path).apply("job2", Story(asset_id="later").created())
    (backup,) = (tmp_path / "backups").iterdir()
    shutil.copy(backup, tmp_path / "catalog.duckdb")
    assert [asset.id for asset in codek7_open_catalog(tmp_path).assets()] == [Story().asset_id]


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_schema_1(tmp_path, Story())
    broken = (*MIGRATIONS[1], "SELECT no_such_function()")
    with monkeypatch.context() as patch:
        patch.setattr(opening, "MIGRATIONS", (MIGRATIONS[0], broken))
        for call in (
            codek7_open_catalog(tmp_path).assets,
            lambda: codek7_open_catalog(tmp_path).query("SELECT 1"),
        ):
            with pytest.raises(CatalogError, match="no_such_function"):
                call()
    assert "measurement" not in tables(tmp_path / "catalog.duckdb")
    assert codek7_open_catalog(tmp_path).asset(Story().asset_id).state == "published"


def test_every_migration_is_reached_step_by_step(tmp_path: Path) -> None:
    codek7_open_catalog(tmp_path).apply("job", Story().created())
    found = codek7_open_catalog(tmp_path).query("SELECT version FROM schema_version ORDER BY version")
    assert found.rows == [(version,) for version in range(1, SCHEMA + 1)]


def test_every_table_of_an_asset_is_known_to_removal(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    catalog.apply("job", Story().created())
    for column, known in (("asset_id", TABLES_OF_AN_ASSET), ("source_sha256", TABLES_OF_A_SOURCE)):
        found = catalog.query(
            f"SELECT table_name FROM duckdb_columns() SEMI JOIN duckdb_tables() USING (table_name) "
            f"WHERE column_name = '{column}'"
        )
        assert {name for (name,) in found.rows} == set(known)


def test_removing_leaves_no_row_in_any_table_but_the_one_that_says_so(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    for batch in Story().whole():
        catalog.apply("job", batch)
    catalog.remove(Story().asset_id)
    for table in ("asset", *TABLES_OF_AN_ASSET):
        assert catalog.query(f"SELECT count(*) FROM {table}").rows == [(int(table == "event"),)], table
    assert catalog.query("SELECT name FROM event").rows == [("asset-removed",)]


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    catalog = codek7_open_catalog(tmp_path)
    catalog.apply("job", Story().created())
    with duckdb.connect(tmp_path / "catalog.duckdb") as connection:
        connection.execute("INSERT INTO schema_version VALUES (99, 1)")
    before = (tmp_path / "catalog.duckdb").read_bytes()
    for call in (catalog.assets, lambda: catalog.query("SELECT 1"), lambda: catalog.remove("x")):
        with pytest.raises(CatalogNewer, match=rf"schema 99.*up to {SCHEMA}.*upgrade"):
            call()
    assert (tmp_path / "catalog.duckdb").read_bytes() == before
    assert not (tmp_path / "backups").exists()


def damage(path: Path, kind: str) -> None:
    whole = path.read_bytes()
    if kind == "sqlite":
        path.unlink()
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE asset (id)")
        connection.close()
    elif kind == "of another program":
        path.unlink()
        with duckdb.connect(path) as other:
            other.execute("CREATE TABLE asset (id INTEGER)")
    elif kind == "gone":
        path.unlink()
        path.with_name(f"{path.name}.wal").write_bytes(b"")
    else:
        path.write_bytes(
            {
                "empty": b"",
                "cut in its header": whole[:100],
                "cut after its header": whole[:12288],
                "cut in half": whole[: len(whole) // 2],
                "text": b"Dear diary\n" * 1000,
                "overwritten at the start": b"\0" * 64 + whole[64:],
                "overwritten in the middle": b"".join((whole[:20000], b"\xff" * 300, whole[20300:])),
            }[kind]
        )


KINDS = (
    "empty", "cut in its header", "cut after its header", "cut in half", "text", "overwritten at the start",
    "overwritten in the middle", "sqlite", "of another program", "gone",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_said_to_be_and_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "catalog.duckdb"
    write_schema_1(tmp_path, Story())
    codek7_open_catalog(tmp_path).assets()
    (backup,) = (tmp_path / "backups").iterdir()
    damage(path, kind)
    before = path.read_bytes() if path.exists() else None
    catalog = codek7_open_catalog(tmp_path)
    for call in (
        lambda: catalog.detail(Story().asset_id),
        lambda: catalog.apply("job", Story().created()),
        lambda: catalog.query("FROM rendition"),
    ):
        with pytest.raises(CatalogDamaged) as caught:
            call()
        assert str(tmp_path) in caught.value.message
        assert str(backup) in caught.value.hint
    assert (path.read_bytes() if path.exists() else None) == before


def test_without_a_backup_the_error_says_so(tmp_path: Path) -> None:
    (tmp_path / "catalog.duckdb").write_bytes(b"")
    with pytest.raises(CatalogDamaged, match="there is no backup"):
        codek7_open_catalog(tmp_path).assets()


def test_a_half_made_catalog_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "catalog.duckdb.new").write_bytes(b"DUCK")
    (tmp_path / "catalog.duckdb.new.wal").write_bytes(b"DUCK")
    codek7_open_catalog(tmp_path).apply("job", Story().created())
    assert len(codek7_open_catalog(tmp_path).assets()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"catalog.duckdb", "run"}


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(HomeFaulty, match="home"):
        CatalogFile(tmp_path / "home").opened().__enter__()
