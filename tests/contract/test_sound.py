"""The built-in encoder of sound keeps the contract."""

from __future__ import annotations

import pytest

from codek7.plugins import encode_audio
from codek7.testing import SoundEncoderContract

pytestmark = pytest.mark.media


class TestEncodeAudio(SoundEncoderContract):
    @pytest.fixture
    def plugin(self) -> object:
        return encode_audio.Plugin
