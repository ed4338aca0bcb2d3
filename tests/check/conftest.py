"""Sound presentations, made once, and a copy of one to break for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.check.presentations import make_fmp4, make_ts


@pytest.fixture(scope="session")
def sound_fmp4(ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a presentation in fMP4 that breaks no rule. Do not write to it."""
    folder = tmp_path_factory.mktemp("fmp4")
    make_fmp4(ffmpeg, folder)
    return folder


@pytest.fixture(scope="session")
def sound_ts(ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a presentation in MPEG-TS, sound inside; it lacks trick play only."""
    folder = tmp_path_factory.mktemp("ts")
    make_ts(ffmpeg, folder)
    return folder


@pytest.fixture
def fmp4(sound_fmp4: Path, tmp_path: Path) -> Path:
    """A copy of the fMP4 presentation to break."""
    return Path(shutil.copytree(sound_fmp4, tmp_path / "hls"))


@pytest.fixture
def ts(sound_ts: Path, tmp_path: Path) -> Path:
    """A copy of the MPEG-TS presentation to break."""
    return Path(shutil.copytree(sound_ts, tmp_path / "hls"))
