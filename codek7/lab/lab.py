"""The notebook door: a home of one's own, clips in it, and questions to its catalog."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from codek7.core.assets import Asset
from codek7.core.errors import ToolMissing
from codek7.core.ladder import Ladder, Policy
from codek7.core.ports import ArrowCatalog
from codek7.hub import Hub
from codek7.jobs import find_source
from codek7.lab.clip import Clip
from codek7.lab.connected import Connected
from codek7.lab.displays import show_richly
from codek7.lab.relations import relation

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

MOST_ROWS = 1_000_000


class Lab:
    """A home for trials: `Lab("scratch")` makes or opens the folder of that name.

    Settings are those of `codek7.toml`: `Lab("scratch", cores=1)`. What is tried, encoded and measured is
    kept there, so that a cell that runs again costs nothing.
    """

    def __init__(self, home: str | Path = "codek7-lab", **settings: Any) -> None:
        self.hub = Hub.open(home, flags=settings)
        show_richly(self.hub.hooks.lab_displays())

    @property
    def home(self) -> Path:
        """The folder."""
        return self.hub.home

    @property
    def policies(self) -> dict[str, Policy]:
        """By name, the plugins' too."""
        return self.hub.hooks.policies()

    def open(self, source: str | Path) -> Clip:
        """A clip: a path, or any URL that `codek7 ingest` takes. Raises `SourceNotFound`, `MediaError`."""
        found, path = find_source(self.hub, str(source))
        return Clip(self.hub, found, path)

    def ladder(self, path: str | Path) -> Ladder:
        """A ladder from a file. Raises `LadderInvalid`."""
        from codek7.files import read_ladder

        return read_ladder(Path(path))

    def assets(self) -> tuple[Asset, ...]:
        """What was published here, the newest first."""
        return self.hub.catalog.assets()

    def connect(self, url: str, token: str = "") -> Connected:
        """A server: its catalog and assets, read over HTTP. Raises `UsageError`, `ToolMissing`."""
        return Connected(url, token)

    def sql(self, query: str, *, limit: int = MOST_ROWS) -> DuckDBPyRelation:
        """The catalog's answer to one SELECT, as a DuckDB relation of its own: filter it, join it, plot it.

        Raises `QueryInvalid`, and `CatalogBusy` where a server serves this home: ask that, by `connect`.
        """
        catalog = self.hub.catalog
        if not isinstance(catalog, ArrowCatalog):
            raise ToolMissing("this home's catalog does not speak Arrow", hint="ask `lab.hub.catalog.query`")
        return relation(catalog.arrow(query, limit=limit))

    def close(self) -> None:
        """Let go of the home; a lab that was closed can be opened again."""
        self.hub.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Lab({str(self.home)!r})"
