"""A sample of the hostile inputs, taken in by the real command. `benchmarks/hostile.py` runs all of them."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ffmpeg.processes import until
from tests.hostile.attack import attack
from tests.hostile.catalogue import BY_NAME, CASES
from tests.hostile.processes import Family
from tests.hostile.witness import Witness

SAMPLE = (
    "hls-to-neighbour.mp4",
    "concat-to-server.avi",
    "hls-behind-id3-tag",
    "mp4-dref-to-secret",
    "avi-gab2-to-neighbour",
    "mp4-10000-video-tracks",
    "mp4-whole-in-17-microseconds",
    "mp4-run-of-20000000",
    "mp4-header-says-10-hours",
    "pixels-16383-vp8-claimed",
    "pixels-1x1-ffv1",
    "time-10-hours-apart.mkv",
    "time-sound-pauses-3-hours",
    "time-wraps",
    "damage-flipped-7.mkv",
    "text-side-cue-script",
    "text-tags-escapes",
    "name-option",
    "name-no-utf-8",
    "name-tilde",
)


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory, ffmpeg: str) -> Iterator[Witness]:
    with Witness(tmp_path_factory.mktemp("witness"), ffmpeg) as witness:
        yield witness


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.mark.media
@pytest.mark.parametrize("name", SAMPLE)
def test_ends_as_it_should_and_touches_nothing(
    name: str, tmp_path: Path, kept: Path, ffmpeg: str, witness: Witness
) -> None:
    outcome = attack(BY_NAME[name], tmp_path / "input", kept, ffmpeg, witness)
    assert not outcome.wrong, outcome


def test_every_input_has_a_name_of_its_own() -> None:
    assert len(BY_NAME) == len(CASES)


def test_the_witness_notices(witness: Witness) -> None:
    """Were it blind, every input would pass."""
    assert witness.saw() == []
    witness.neighbour.read_bytes()
    assert witness.saw() == ["another file was opened"]
    address = urlsplit(witness.url)
    socket.create_connection((address.hostname, address.port)).close()
    until(lambda: witness.saw() == ["the server was asked"], "the connection to arrive")


def test_memory_and_processes_that_stay_are_noticed() -> None:
    """Those of children that live in a session of their own, too."""
    child = "kept = bytearray(300_000_000); print(flush=True); import time; time.sleep(600)"
    start = (
        f"import subprocess; subprocess.run([{sys.executable!r}, '-c', {child!r}], start_new_session=True)"
    )
    parent = subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE)
    family = Family(parent.pid)
    try:
        assert parent.stdout is not None
        parent.stdout.readline()
        family.look()
        assert family.peak_bytes > 300_000_000
        parent.kill()
        parent.wait()
        assert len(family.remaining(0.1)) == 1
    finally:
        family.kill()
        parent.kill()
    assert family.remaining() == []
