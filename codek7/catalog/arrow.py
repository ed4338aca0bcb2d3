"""A query's answer as an Arrow IPC stream, its types kept.

DuckDB hands over Arrow memory (the C stream interface) but writes the stream format only with an extension,
which would have to be downloaded. nanoarrow writes it: a wheel of 1.2 MB, where pyarrow's has 55.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from codek7.core.errors import QueryTooBig, ToolMissing

if TYPE_CHECKING:
    import duckdb
    from duckdb.sqltypes import DuckDBPyType

MEDIA_TYPE = "application/vnd.apache.arrow.stream"


class _Bounded(io.BytesIO):
    """Takes no more than so many bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most
        self.refused: QueryTooBig | None = None

    def write(self, chunk: bytes) -> int:  # type: ignore[override]  # nanoarrow gives buffers of bytes
        if self.tell() + len(chunk) > self._most:
            self.refused = too_big(self._most)
            raise self.refused
        return super().write(chunk)


def too_big(most: int) -> QueryTooBig:
    """The answer has more bytes than one may have."""
    return QueryTooBig(f"the answer is larger than {most} bytes", hint="ask for fewer rows or columns")


def encoded(connection: duckdb.DuckDBPyConnection, sql: str, limit: int, most_bytes: int) -> bytes:
    """At most `limit` rows. Raises DuckDB's errors, `QueryTooBig`, and `ToolMissing` without nanoarrow."""
    try:
        from nanoarrow import c_array_stream
        from nanoarrow.ipc import StreamWriter
    except ModuleNotFoundError as error:
        raise ToolMissing("Arrow needs the package nanoarrow", hint="pip install 'codek7[server]'") from error

    out = _Bounded(most_bytes)
    try:
        with StreamWriter.from_writable(out) as writer:
            writer.write_stream(c_array_stream(_encodable(connection.sql(sql)).limit(limit)))
    except Exception:
        if out.refused is not None:
            raise out.refused from None
        raise
    return out.getvalue()


def _encodable(asked: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Enumerations as text, inside of other types too: nanoarrow writes no dictionaries."""
    from duckdb import SQLExpression

    kinds = asked.types
    if not any("ENUM(" in str(kind) for kind in kinds):
        return asked
    places = (SQLExpression(f"#{n}").cast(_without_enums(kind)) for n, kind in enumerate(kinds, 1))
    return asked.select(*(place.alias(name) for place, name in zip(places, asked.columns, strict=True)))


def _without_enums(kind: DuckDBPyType) -> DuckDBPyType:
    import duckdb
    from duckdb.sqltypes import DuckDBPyType as Kind

    if kind.id == "enum":
        return duckdb.type("VARCHAR")
    if kind.id not in ("list", "array", "struct", "map"):
        return kind
    inner = {name: _without_enums(child) for name, child in kind.children if isinstance(child, Kind)}
    match kind.id:
        case "struct":
            return duckdb.struct_type(inner)
        case "map":
            return duckdb.map_type(inner["key"], inner["value"])
        case _:
            return duckdb.list_type(inner["child"])
