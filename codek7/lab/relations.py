"""Answers of catalogs as DuckDB relations: their own tables in memory, which nobody else's writing
changes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from codek7.core.errors import ToolMissing

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation


def relation(stream: bytes) -> DuckDBPyRelation:
    """An Arrow IPC stream as a relation. Raises `ToolMissing` without nanoarrow."""
    import duckdb

    try:
        from nanoarrow import ArrayStream
    except ModuleNotFoundError as error:
        raise ToolMissing("relations need nanoarrow", hint="pip install 'codek7[lab]'") from error
    answer = ArrayStream.from_readable(io.BytesIO(stream))
    connection = duckdb.connect()
    connection.register("answer", answer)
    connection.execute("CREATE TABLE rows AS FROM answer")
    connection.unregister("answer")
    return connection.table("rows")
