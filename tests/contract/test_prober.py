"""The built-in prober keeps the prober's contract."""

from __future__ import annotations

import pytest

from codek7.plugins import probe_av
from codek7.testing import ProberContract

pytestmark = pytest.mark.media


class TestProbeAv(ProberContract):
    @pytest.fixture
    def plugin(self) -> object:
        return probe_av
