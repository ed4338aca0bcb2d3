"""Fixtures for the tests of plugins. pytest finds them wherever codek7 is installed.

`codek7_hub`: a fresh hub on an empty home. `codek7_hooks(plugin, …)`: hooks that only these plugins answer.
`codek7_clip(name)`: a small real clip. `codek7_frames(path)`: a clip's sample pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

SUITES = {path.stem for path in Path(__file__).parent.glob("*.py")} - {"__init__", "pytest_plugin"}
pytest.register_assert_rewrite(*(f"codek7.testing.{name}" for name in sorted(SUITES)))

if TYPE_CHECKING:
    from codek7.core.hooks import Hooks
    from codek7.core.ports import Frames
    from codek7.core.settings import Settings
    from codek7.hub import Hub


class CodekClip(Protocol):
    """Finds or makes a clip: one of `codek7.testing.clips.CLIPS` by its name, with fields of `Clip` changed
    as asked: `codek7_clip("vfr", seconds=3)`. Clips are kept between runs; never write to one."""

    def __call__(self, name: str = "default", **changed: object) -> Path: ...


class CodekHooks(Protocol):
    """Registers plugins (modules, classes or instances) on a new manager and configures them. A plugin that
    cannot be loaded fails the test."""

    def __call__(self, *plugins: object, settings: Settings | None = None) -> Hooks: ...


class CodekFrames(Protocol):
    """Sample pictures of a clip, one a second, as a moderator gets them."""

    def __call__(self, path: Path) -> Frames: ...


@pytest.fixture
def codek7_hub(tmp_path: Path) -> Iterator[Hub]:
    """A hub on an empty home, with what is installed and nothing from the environment."""
    from codek7.hub import Hub

    with Hub.open(tmp_path / "home", environ={}) as hub:
        yield hub


@pytest.fixture(scope="session")
def codek7_hooks() -> CodekHooks:
    """`codek7_hooks(plugin)`."""
    from codek7.testing.plugin import hooks_of

    return hooks_of


@pytest.fixture(scope="session")
def codek7_ffmpeg() -> str:
    """The ffmpeg program that ships with codek7's dependencies."""
    from codek7.ffmpeg.program import find_ffmpeg

    return find_ffmpeg().path


@pytest.fixture(scope="session")
def codek7_clip(
    codek7_ffmpeg: str, pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> CodekClip:
    """`codek7_clip("vfr")`."""
    from msgspec.structs import replace

    from codek7.testing.clips import CLIPS, make

    cache = getattr(pytestconfig, "cache", None)  # whoever runs the tests may have turned it off
    folder = cache.mkdir("codek7-clips") if cache else tmp_path_factory.mktemp("codek7-clips")

    def codek7_clip(name: str = "default", **changed: object) -> Path:
        return make(replace(CLIPS[name], **changed), name, codek7_ffmpeg, folder)

    return codek7_clip


@pytest.fixture
def codek7_frames(codek7_ffmpeg: str, tmp_path: Path) -> CodekFrames:
    """`codek7_frames(codek7_clip("black"))`."""
    from codek7.testing.frames import sample

    def codek7_frames(path: Path) -> Frames:
        return sample(path, codek7_ffmpeg, tmp_path)

    return codek7_frames
