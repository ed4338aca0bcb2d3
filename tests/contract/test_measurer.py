"""The built-in measurer keeps the contract of measurers."""

from __future__ import annotations

import pytest

from codek7.plugins import measure_ffmpeg
from codek7.testing.measurer import MeasurerContract


class TestMeasureFfmpeg(MeasurerContract):
    """VMAF, PSNR and SSIM with the ffmpeg program."""

    @pytest.fixture
    def plugin(self) -> object:
        return measure_ffmpeg.Plugin()
