"""Over the socket of a process that holds it, the built-in catalog keeps its contract, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from codek7.catalog.service import serving
from codek7.core.errors import CatalogBusy
from codek7.core.ports import Catalog
from codek7.plugins import catalog_duckdb
from codek7.testing.catalog import CatalogContract
from codek7.testing.catalog_queries import OpenCatalog
from codek7.testing.story import Story


def admit(process: int, job_id: str) -> None:
    """Whoever it is."""
    assert process > 0
    assert isinstance(job_id, str)


@pytest.fixture(autouse=True)
def served(home: Path) -> Iterator[None]:
    """Another catalog object of the same home, as another process would have it."""
    catalog = catalog_duckdb.codek7_open_catalog(home)
    with catalog.hold(), serving(home, catalog, admit):
        yield


class TestServedCatalog(CatalogContract):
    @pytest.fixture
    def plugin(self) -> object:
        return catalog_duckdb

    def test_reading_an_empty_one_writes_nothing(self, catalog: Catalog, home: Path) -> None:
        assert catalog.assets() == ()
        assert (home / "catalog.duckdb").exists(), "its holder made it"

    @pytest.mark.timeout(45)
    def test_who_holds_it_hears_what_is_committed(self, open_catalog: OpenCatalog, story: Story) -> None:
        """There can be one holder; a second one gives way at once."""
        with pytest.raises(CatalogBusy), open_catalog().hold():
            pass
