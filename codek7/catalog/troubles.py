"""DuckDB's errors as ours."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codek7.catalog.safekeeping import newest_backup
from codek7.core.errors import CatalogBusy, CatalogDamaged, CatalogError, CatalogNewer, Codek7Error, DiskFull

_HELD = re.compile(r"Could not set lock on file.*?(?:PID (?P<pid>\d+))", re.DOTALL)
_HELD_HERE = re.compile(r"Unique file handle conflict")
_FULL = re.compile(r"No space left on device|quota exceeded|File too large", re.IGNORECASE)
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NEWER = re.compile(r"newer version of DuckDB|database file with version number", re.IGNORECASE)
_BROKEN = re.compile(
    r"corrupt database|checksum|not a valid DuckDB database|could not read enough bytes", re.IGNORECASE
)


@contextmanager
def translated(home: Path) -> Iterator[None]:
    """Raise what DuckDB and the file system raise inside the block as a `CatalogError` or `DiskFull`."""
    import duckdb

    try:
        yield
    except Codek7Error:
        raise
    except RuntimeError as error:
        if was_interrupted(error):
            raise KeyboardInterrupt from error
        raise
    except (duckdb.Error, OSError) as error:
        raise _ours(home, error) from error


def was_interrupted(error: Exception) -> bool:
    """Whether a signal's handler raised while DuckDB worked: it forgets what, and raises this instead."""
    return type(error) is RuntimeError and str(error) == "Query interrupted"


def _ours(home: Path, error: Exception) -> Codek7Error:
    import duckdb

    said = str(error).strip()
    if _FULL.search(said) or (isinstance(error, OSError) and error.errno in _NO_SPACE):
        return DiskFull(
            f"no space is left for the catalog in {home}", hint="free some, then run the command again"
        )
    if holder := holder_in(said):
        return held_by_other_program(home, holder)
    if _NEWER.search(said):
        return CatalogNewer(
            f"the catalog in {home} was written by a newer DuckDB: {said}", hint="upgrade codek7 and duckdb"
        )
    internal = duckdb.InternalException | duckdb.FatalException | duckdb.SerializationException
    if reads_as_damage(said) or isinstance(error, internal):
        return damaged(home, said.splitlines()[0])
    return CatalogError(f"the catalog in {home} failed: {said}")


def reads_as_damage(said: str) -> bool:
    """Whether DuckDB says that the file's bytes are not what it wrote."""
    return _BROKEN.search(said) is not None


def holder_in(said: str) -> str:
    """Who has the file open past the lock, where that is what DuckDB says; else an empty string."""
    if held := _HELD.search(said):
        return f"process {held['pid']}"
    return "this process" if _HELD_HERE.search(said) else ""


def held_by_other_program(home: Path, who: str) -> CatalogBusy:
    """Someone opened the file without waiting for a turn, as DuckDB's own shell does."""
    return CatalogBusy(
        f"{who} has opened {home / 'catalog.duckdb'} past codek7",
        hint="close it there; `codek7 sql` queries without being in the way",
    )


def damaged(home: Path, what: str) -> CatalogDamaged:
    """The file cannot be read; says which backup is the newest."""
    backup = newest_backup(home)
    way_out = f"the newest backup is {backup}" if backup else "there is no backup"
    return CatalogDamaged(
        f"the catalog in {home} is damaged: {what}",
        hint=f"{way_out}; put one in place of catalog.duckdb, or move catalog.duckdb away to begin anew",
    )


def newer(home: Path, found: int, known: int) -> CatalogNewer:
    """The schema is of a later codek7."""
    return CatalogNewer(
        f"the catalog in {home} has schema {found}; this codek7 knows schemas up to {known}",
        hint="upgrade codek7, or use another home",
    )
