"""Copies of the catalog's file before a migration touches it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path


def back_up(path: Path, folder: Path, schema: int) -> Path:
    """Copy a closed catalog to `folder/catalog-v<schema>-<utc>.duckdb`; on disk when this returns."""
    folder.mkdir(mode=0o700, exist_ok=True)
    backup = folder / f"catalog-v{schema}-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.duckdb"
    for part in (path, wal_of(path)):
        if part.exists():
            copy_whole(part, backup if part == path else wal_of(backup))
    sync_folder(folder)
    return backup


def wal_of(path: Path) -> Path:
    """DuckDB's write-ahead log of a file: there only while it is open, or after a crash."""
    return path.with_name(f"{path.name}.wal")


def newest_backup(home: Path) -> Path | None:
    """The last backup made in a home; names sort by schema, then by time."""
    return max(home.glob("backups/catalog-v*.duckdb"), key=lambda p: p.stat().st_mtime, default=None)


def copy_whole(path: Path, to: Path) -> None:
    """Copy a file under a temporary name, sync it, then give it its name: a copy is whole or not there."""
    aside = to.with_name(f"{to.name}.part")
    shutil.copyfile(path, aside)
    with aside.open("rb") as copied:
        os.fsync(copied.fileno())
    aside.rename(to)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
