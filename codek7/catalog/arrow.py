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
    """Enumerations as text: nanoarrow writes no dictionaries."""
    kinds = [str(kind) for kind in asked.types]
    if not any("ENUM(" in kind for kind in kinds):
        return asked
    return asked.project(
        ", ".join(f"#{n}::VARCHAR" if "ENUM(" in kind else f"#{n}" for n, kind in enumerate(kinds, 1))
    )
