"""The built-in encoder of pictures keeps the encoder's contract."""

from __future__ import annotations

import pytest

from codek7.plugins import encode_video
from codek7.testing import EncoderContract

pytestmark = pytest.mark.media


class TestEncodeVideo(EncoderContract):
    @pytest.fixture
    def plugin(self) -> object:
        return encode_video.Plugin
