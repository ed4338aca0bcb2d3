"""The built-in packager keeps the packager's contract."""

from __future__ import annotations

import pytest

from codek7.plugins import package_hls
from codek7.testing import PackagerContract

pytestmark = pytest.mark.media


class TestPackageHls(PackagerContract):
    @pytest.fixture
    def plugin(self) -> object:
        return package_hls
