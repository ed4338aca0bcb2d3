"""The built-in catalog keeps the catalog's contract."""

from __future__ import annotations

import pytest

from codek7.plugins import catalog_duckdb
from codek7.testing.catalog import CatalogContract


class TestDuckDBCatalog(CatalogContract):
    @pytest.fixture
    def plugin(self) -> object:
        return catalog_duckdb
