"""What catalogs are asked in SQL: the part of their contract that is about queries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from codek7.core.errors import QueryInvalid
from codek7.core.events import Event
from codek7.core.hooks import Hooks
from codek7.core.ports import Catalog
from codek7.testing.plugin import PluginContract
from codek7.testing.story import Story

OpenCatalog = Callable[[], Catalog]
NOT_READING = (
    "DELETE FROM asset",
    "UPDATE asset SET title = 'x'",
    "INSERT INTO asset SELECT * FROM asset",
    "CREATE TABLE mine (x INTEGER)",
    "DROP TABLE asset",
    "SELECT 1; DROP TABLE asset",
    "SELECT 1; SELECT 2",
    "SELEKT 1",
    "SELECT nothing FROM asset",
    "SELECT * FROM nothing",
    "",
    "-- nothing",
    "\x00",
    "\ud800",
    "SELECT '",
)
"""What is no query, or more than one, or more than a query."""


def tell(catalog: Catalog, job_id: str, *batches: tuple[Event, ...]) -> None:
    """Commit batch after batch."""
    for batch in batches:
        catalog.apply(job_id, batch)


class CatalogQueries(PluginContract):
    """See `CatalogContract`, which this is part of."""

    hook: ClassVar[str] = "codek7_open_catalog"

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        """A home where nothing was ever written."""
        return tmp_path / 'it\'s a "home", 100 % ünïcode'

    @pytest.fixture
    def open_catalog(self, hooks: Hooks, home: Path) -> OpenCatalog:
        """Opens the catalog anew, as another process would."""
        return lambda: hooks.open_catalog(home)

    @pytest.fixture
    def catalog(self, open_catalog: OpenCatalog) -> Catalog:
        """The catalog, empty."""
        return open_catalog()

    @pytest.fixture
    def story(self) -> Story:
        """What happens."""
        return Story()

    def test_queries_read_the_tables(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", *story.whole())
        found = catalog.query("SELECT id, title, state FROM asset")
        assert found.columns == ("id", "title", "state")
        assert found.rows == [(story.asset_id, story.title, "published")]

    def test_a_query_gives_plain_values(self, catalog: Catalog) -> None:
        sql = (
            "SELECT NULL, true, 1, 1.5, 'x', [1, 2], {'a': [DATE '2020-01-02']}, DATE '2020-01-02', "
            "TIMESTAMP '2020-01-02 03:04:05', CAST(1.25 AS DECIMAL(5, 2))"
        )
        wanted: list[Any] = [None, True, 1, 1.5, "x", [1, 2], {"a": ["2020-01-02"]}, "2020-01-02"]
        ((*found, moment, decimal),) = catalog.query(sql).rows
        assert found == wanted
        assert (moment[:10], moment[-8:]) == ("2020-01-02", "03:04:05")
        assert decimal == 1.25
        assert isinstance(decimal, float)

    def test_a_query_gives_no_more_rows_than_asked_for(self, catalog: Catalog) -> None:
        sql = "SELECT i FROM range(100000000) numbers (i)"
        assert catalog.query(sql, limit=3).rows == [(0,), (1,), (2,)]
        assert len(catalog.query(sql).rows) == 10_000
        assert catalog.query(sql, limit=0) == (("i",), [])

    def test_a_query_that_does_not_read_is_refused(self, catalog: Catalog, story: Story) -> None:
        tell(catalog, "job1", story.created())
        before = catalog.detail(story.asset_id)
        for sql in NOT_READING:
            with pytest.raises(QueryInvalid):
                catalog.query(sql)
        assert catalog.detail(story.asset_id) == before
