"""A person's query: one statement that reads, fenced in: over a copy of the catalog, or within one that is
held open, where nothing but its tables can be reached and nothing written."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from codek7.catalog import arrow
from codek7.catalog.holding import CONFIG, FENCE, HeldFile
from codek7.catalog.opening import CatalogFile
from codek7.catalog.troubles import damaged, reads_as_damage, was_interrupted
from codek7.core.errors import Codek7Error, QueryInvalid, QueryTooBig
from codek7.core.ports import Table
from codek7.core.scratch import aside

if TYPE_CHECKING:
    import duckdb

_Answer = TypeVar("_Answer")

TIMEOUT_S = 30.0
MOST_MEMORY_BYTES = 500_000_000
"""That queries on a held catalog may work in, all that run together."""
MOST_BYTES = 100_000_000
"""Of an answer, about: it is in memory as a whole, which may be a server's."""
_BATCH = 128
_LOOK_S = 0.02
_FENCE = ("SET threads = 2", "SET memory_limit = '512MB'", *FENCE)
_TABLE_FUNCTIONS = frozenset({
    "duckdb_columns", "duckdb_functions", "duckdb_keywords", "duckdb_tables", "duckdb_types",
    "generate_series", "histogram", "histogram_values", "json_each", "json_tree", "pragma_show",
    "pragma_table_info", "range",
    "repeat", "repeat_row", "show", "summary", "unnest",
})  # fmt: skip
"""What may stand where a table does, in a catalog that is held open: others read files (its own too) or do
something. All that DuckDB adds one day is out."""
_FUNCTIONS_OUT = frozenset({"nextval", "setval", "sleep_ms", "write_log"})
_READING = frozenset({"CTE_NODE", "RECURSIVE_CTE_NODE", "SELECT_NODE", "SET_OPERATION_NODE"})
"""What a statement, and each part of it behind WITH, may be: others insert, delete or copy to a file, which
may be the catalog's own."""


def run(file: CatalogFile, sql: str, limit: int, timeout_s: float = TIMEOUT_S) -> Table:
    """See `Catalog.query`; on a copy of the file."""
    with closing(_copy_of(file)) as connection, _stated(file.home, connection, timeout_s):
        return _apart(connection, lambda: _answer(connection, _only_reading(sql), max(limit, 0)))


def run_held(held: HeldFile, home: Path, sql: str, limit: int, timeout_s: float = TIMEOUT_S) -> Table:
    """See `Catalog.query`; on the last commit of a catalog that is held open."""
    with held.reading() as connection, _stated(home, connection, timeout_s, held.working_bytes):
        asked = _only_reading(sql)
        _refuse_doing(connection, asked)
        return _answer(connection, asked, max(limit, 0))


def run_as_arrow(
    file: CatalogFile, held: HeldFile | None, sql: str, limit: int, timeout_s: float = TIMEOUT_S
) -> bytes:
    """See `ArrowCatalog.arrow`; on the last commit of a catalog that is held open, else on a copy."""
    opened = held.reading() if held is not None else closing(_copy_of(file))
    used_bytes = held.working_bytes if held is not None else None
    with opened as connection, _stated(file.home, connection, timeout_s, used_bytes):
        asked = _only_reading(sql)
        if held is not None:
            _refuse_doing(connection, asked)
        return _apart(connection, lambda: arrow.encoded(connection, asked, max(limit, 0), MOST_BYTES))


def _apart(connection: duckdb.DuckDBPyConnection, ask: Callable[[], _Answer]) -> _Answer:
    """From a thread of its own: who waits for it hears Ctrl-C at once. DuckDB in several threads looks for it
    only between tasks, and one of them may take as long as the query does."""
    with ThreadPoolExecutor(1, "query") as pool:
        asked = pool.submit(ask)
        try:
            return asked.result()
        finally:
            while not asked.done():
                connection.interrupt()
                wait([asked], _LOOK_S)


@contextmanager
def _stated(
    home: Path,
    connection: duckdb.DuckDBPyConnection,
    timeout_s: float,
    used_bytes: Callable[[], int] | None = None,
) -> Iterator[None]:
    """Ends what takes too long, or too much memory, within the block; what goes wrong there is raised as
    `QueryInvalid`."""
    import duckdb

    watch = _Watch(connection, timeout_s, used_bytes)
    watch.start()
    try:
        yield
    except (duckdb.Error, RuntimeError, TypeError, ValueError) as error:  # also for what is no text
        if isinstance(error, Codek7Error):
            raise
        if was_interrupted(error):
            raise KeyboardInterrupt from error
        if watch.why:
            raise QueryTooBig(
                f"the query {watch.why} and was stopped", hint="ask for less at once"
            ) from error
        if isinstance(error, duckdb.OutOfMemoryException):
            raise QueryTooBig(f"the query takes too much memory: {error}", hint="ask for less") from error
        if reads_as_damage(str(error)):
            raise damaged(home, str(error)) from error
        raise QueryInvalid(f"the query cannot be run: {error}", hint=_HINT) from error
    finally:
        watch.over.set()
        watch.join()


class _Watch(threading.Thread):
    """Interrupts a connection that takes too long or too much; `why` then says so."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, timeout_s: float, used_bytes: Callable[[], int] | None
    ) -> None:
        super().__init__(name="query-watch", daemon=True)
        self.over = threading.Event()
        self.why = ""
        self._connection = connection
        self._timeout_s = timeout_s
        self._used_bytes = used_bytes

    def run(self) -> None:
        """Until it is over. Most queries are before it looks for the first time."""
        end = time.monotonic() + self._timeout_s
        look_s = min(_LOOK_S, self._timeout_s) if self._used_bytes else self._timeout_s
        while not self.over.wait(look_s):
            if time.monotonic() >= end:
                self.why = self.why or f"took longer than {self._timeout_s:g} s"
            elif self._used_bytes is not None and self._used_bytes() > MOST_MEMORY_BYTES:
                self.why = "took too much memory"
            if self.why:
                self._connection.interrupt()
                look_s = _LOOK_S  # and again: it may just have been between two statements


_HINT = '`codek7 sql "SHOW TABLES"` lists the tables, `"DESCRIBE asset"` a table\'s columns'


def _copy_of(file: CatalogFile) -> duckdb.DuckDBPyConnection:
    """A copy of the catalog, opened and then unlinked: however long a query takes, no ingest waits for it."""

    if not file.begun:
        with aside() as folder:
            return _copy_of(_made_in(folder))
    with file.closed():
        for left in (file.home / "run").glob("query-*"):  # by a process that was killed: this turn is ours
            shutil.rmtree(left, ignore_errors=True)
        connection = _opened_copy(file)
    for fence in _FENCE:
        connection.execute(fence)
    return connection


def _opened_copy(file: CatalogFile) -> duckdb.DuckDBPyConnection:
    import duckdb

    with TemporaryDirectory(prefix="query-", dir=file.home / "run") as folder:
        copy = shutil.copyfile(file.path, Path(folder) / file.path.name)
        return duckdb.connect(copy, read_only=True, config=CONFIG)


def _made_in(home: Path) -> CatalogFile:
    file = CatalogFile(home)
    with file.opened():
        return file


def _only_reading(sql: str) -> str:
    """The statement, if it is one and reads. The connection could not write anyway; this says so clearly."""
    import duckdb

    found = duckdb.extract_statements(sql)
    if len(found) != 1:
        raise QueryInvalid(f"one statement at a time, please: there are {len(found)}", hint=_HINT)
    if found[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise QueryInvalid(
            f"only statements that read can be run, not {found[0].type.name}", hint="begin with SELECT"
        )
    return found[0].query


def _refuse_doing(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raises `QueryInvalid` for what could do more than read tables. The transaction reads only, and nothing
    outside can be reached: this is for functions that are neither, or that read the catalog's own file."""
    ((text,),) = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()
    tree = json.loads(text)
    if tree["error"]:
        raise QueryInvalid(
            f"only a plain SELECT can be run here: {tree.get('error_message', 'it cannot be read')}",
            hint="begin with SELECT, FROM, WITH, DESCRIBE or SHOW",
        )
    for node in _nodes(tree):
        kind = str(node.get("type", ""))
        if kind.endswith("_NODE") and kind not in _READING:
            raise QueryInvalid("only a plain SELECT can be run here: a part of it writes", hint=_HINT)
        name = _function(node)
        if name in _FUNCTIONS_OUT or (name and kind == "TABLE_FUNCTION" and name not in _TABLE_FUNCTIONS):
            raise QueryInvalid(f"{name}() cannot be used here", hint=_HINT)


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a serialised statement."""
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            yield node


def _function(node: dict[str, Any]) -> str:
    """The function that an object names, if it does."""
    if node.get("type") == "TABLE_FUNCTION" and isinstance(node.get("function"), dict):
        node = node["function"]
    elif node.get("class") != "FUNCTION":
        return ""
    return str(node.get("function_name", "")).lower()


def _answer(connection: duckdb.DuckDBPyConnection, sql: str, limit: int) -> Table:
    done = connection.execute(sql)
    columns = tuple(column[0] for column in done.description or ())
    if any("TIME ZONE" in str(column[1]) for column in done.description or ()):
        done.abort()
        batches = iter([_zoned_as_text(connection, sql).limit(limit).fetchall()])
    else:
        batches = _batches(done, limit)
    return Table(columns, _plain_rows(batches))


def _batches(done: duckdb.DuckDBPyConnection, limit: int) -> Iterator[list[tuple[Any, ...]]]:
    """At most so many rows, some at a time."""
    left = limit
    while batch := done.fetchmany(min(_BATCH, left)):
        yield batch
        left -= len(batch)


def _plain_rows(batches: Iterator[list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
    """All of them, as plain values. Raises `QueryTooBig` as soon as they are."""
    rows: list[tuple[Any, ...]] = []
    size = 0
    for batch in batches:
        plain = [tuple(map(_plain, row)) for row in batch]
        size += _size(plain)
        if size > MOST_BYTES:
            raise arrow.too_big(MOST_BYTES)
        rows += plain
    return rows


def _size(value: Any) -> int:
    """Bytes that a plain value takes, about."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _size(item) for key, item in value.items())
    return sum(map(_size, value)) if isinstance(value, list | tuple) else 8


def _zoned_as_text(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation:
    """Times with a zone as DuckDB writes them: as values, they would need one more package."""
    asked = connection.sql(sql)
    zoned = ["TIME ZONE" in str(kind) for kind in asked.types]
    return asked.project(", ".join(f"#{n}::VARCHAR" if z else f"#{n}" for n, z in enumerate(zoned, 1)))


def _plain(value: Any) -> Any:
    """What JSON can say of a DuckDB value."""
    match value:
        case None | bool() | float() | str():
            return value
        case int():  # of 128 bits, as sums are: larger than what other programs take JSON's integers for
            return value if -(2**63) <= value < 2**63 else float(value)
        case Decimal():
            return float(value)
        case date() | datetime() | time_of_day():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case dict():
            return {str(_plain(key)): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return str(value)
