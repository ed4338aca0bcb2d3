"""The built-in meter keeps the measurer's contract."""

from __future__ import annotations

import pytest

from codek7.plugins import measure_ffmpeg
from codek7.testing import MeasurerContract

pytestmark = pytest.mark.media


class TestMeasureFfmpeg(MeasurerContract):
    @pytest.fixture
    def plugin(self) -> object:
        return measure_ffmpeg
