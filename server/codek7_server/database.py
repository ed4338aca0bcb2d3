"""SQLite files that are the only copy of what they hold: made whole, and never begun anew silently."""

from __future__ import annotations

import errno
import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from codek7.core.errors import CatalogDamaged
from codek7.core.folders import make_private

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)
"""What file systems without hard links say."""


def prepare(path: Path, statements: Sequence[str], schema: int) -> None:
    """Make the file where there is none, with what makes its `schema` (`user_version`): aside, then named, so
    that a process that is killed leaves no half of one.

    Raises `CatalogDamaged` for one that is empty or of another program, `HomeFaulty`, and `OSError`.
    """
    make_private(path.parent)
    if path.exists():
        _check(path)
        return
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        raise _damaged(path, f"is gone, though {log.name} is there")
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        os.close(os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))  # SQLite's other files follow it
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {schema}")
            connection.execute("COMMIT")
        os.link(aside, path)
    except FileExistsError:  # somebody else was faster
        _check(path)
    except OSError as error:
        if error.errno not in _NO_LINKS or path.exists():
            raise
        aside.rename(path)
    finally:
        aside.unlink(missing_ok=True)


def _check(path: Path) -> None:
    if path.is_file() and path.stat().st_size == 0:
        raise _damaged(path, "is empty")
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as connection:
        if connection.execute("PRAGMA user_version").fetchone()[0] < 1:
            raise _damaged(path, "is a database of another program")


def _damaged(path: Path, what: str) -> CatalogDamaged:
    return CatalogDamaged(
        f"{path} {what}", hint="restore it from a backup, or move it away to begin without what was in it"
    )
