"""Homes, clips and ladders for tests that run the program."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.program import LADDER, SLOW, TALLER, Done, Home
from tests.conftest import MakeClip


@pytest.fixture(scope="session")
def clip(make_clip: MakeClip) -> Path:
    """Three seconds of picture and sound."""
    return make_clip("program", seconds=3)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that nothing was ever written to."""
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def ladder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small rungs in short segments, as a file."""
    path = tmp_path_factory.mktemp("ladder") / "small.toml"
    path.write_text(LADDER)
    return path


@pytest.fixture(scope="session")
def slow(ladder: Path) -> Path:
    """One rung that takes its time: there is always something running."""
    path = ladder.with_name("slow.toml")
    path.write_text(SLOW)
    return path


@pytest.fixture(scope="session")
def taller(ladder: Path) -> Path:
    """The same ladder with one rung more."""
    path = ladder.with_name("taller.toml")
    path.write_text(LADDER + TALLER)
    return path


class Ingested(NamedTuple):
    """A home with one published asset, and how that was said. Only to be read."""

    home: Home
    done: Done

    @property
    def asset(self) -> str:
        """The asset's id."""
        return str(self.done.ending["asset_id"])

    @property
    def main(self) -> Path:
        """The main playlist's file."""
        return self.home.store / str(self.done.ending["playlist"])


@pytest.fixture(scope="session")
def ingested(clip: Path, ladder: Path, tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    """Made once for all tests that only read."""
    home = Home(tmp_path_factory.mktemp("ingested") / "home")
    return Ingested(home, home.start("ingest", clip, "--json", "--ladder", ladder, "--title", "A clip").end())
