"""The built-in meters keep the measurer's contract, each in the way that works here."""

from __future__ import annotations

import pytest

from codek7.core.settings import Settings
from codek7.plugins import measure_av, measure_ffmpeg, measure_imageio
from codek7.testing import MeasurerContract

pytestmark = pytest.mark.media


class TestMeasureAv(MeasurerContract):
    """With PyAV 19 this is VMAF too, with 18 the fallbacks alone."""

    @pytest.fixture
    def plugin(self) -> object:
        return measure_av


class TestMeasureImageio(MeasurerContract):
    @pytest.fixture
    def plugin(self) -> object:
        return measure_imageio


class TestMeasureFfmpeg(MeasurerContract):
    """A named program without libvmaf."""

    @pytest.fixture
    def plugin(self) -> object:
        return measure_ffmpeg

    @pytest.fixture
    def settings(self, plain_ffmpeg: str) -> Settings:
        return Settings(ffmpeg=plain_ffmpeg)
