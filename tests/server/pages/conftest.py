"""The clip that is uploaded for the browser's tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7.testing.pytest_plugin import CodekClip
from tests.server.pages.walking import SECONDS


@pytest.fixture(scope="session")
def clip(codek7_clip: CodekClip) -> Path:
    """Two sounds, two subtitles, large enough for two rungs."""
    return codek7_clip("languages", width=640, height=360, seconds=SECONDS)
