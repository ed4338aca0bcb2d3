"""No space is left: said as such, nothing half published, and the same command goes on once there is some."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.program import Done, Home, faults, nothing_is_left
from tests.conftest import MakeClip
from tests.faults.conftest import Wrap
from tests.ffmpeg.processes import until

DISK_BYTES = 128_000_000


class Disk(NamedTuple):
    """A folder on a disk that can be filled."""

    folder: Path
    mounted: bool

    def fill(self, spare: int) -> None:
        """Leaves so many bytes."""
        if self.mounted:
            (self.folder / "ballast").write_bytes(bytes(max(0, shutil.disk_usage(self.folder).free - spare)))

    def limit(self, spare: int) -> Callable[[], None] | None:
        """For a process that the whole disk cannot stop: no file may grow beyond this."""
        return None if self.mounted else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (spare, spare))

    def clear(self) -> None:
        (self.folder / "ballast").unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small disk of its own where one may be mounted; else a limit on the size of files stands for it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    yield Disk(folder, mounted)
    if mounted:
        until(lambda: subprocess.run(["umount", str(folder)], check=False).returncode == 0, "its last user")


def is_said(done: Done) -> None:
    assert (done.code, done.ending["event"], done.ending["code"]) == (1, "error", "disk-full"), done
    assert done.ending["hint"]


HEAVY = """\
segment_us = 1000000
idr_us = 1000000
audio = []

[[rungs]]
width = 1280
height = 720
crf = 1
ceiling_bps = 100000000
preset = "ultrafast"
"""
"""Megabytes for every second: next to it, the catalog is small."""


@pytest.mark.parametrize("spare", [0, 4_000_000, 6_000_000])
def test_a_disk_that_fills_up(disk: Disk, make_clip: MakeClip, tmp_path: Path, spare: int) -> None:
    """At the first thing that is written, or later."""
    home, heavy = Home(disk.folder / "home"), tmp_path / "heavy.toml"
    heavy.write_text(HEAVY)
    large = make_clip("large", seconds=3, width=1280, height=720, audio=())
    earlier = home.ingest(make_clip("earlier", seconds=1), "--policy", "source").ending
    playing = home.published(earlier)

    disk.fill(spare)
    limit = disk.limit(spare // 4)
    full = home.start("ingest", large, "--ladder", heavy, "--json", preexec_fn=limit).end()
    is_said(full)
    assert [key for key in home.objects("assets/") if key.endswith("main.m3u8")] == [earlier["playlist"]]
    assert home.published(earlier) == playing
    assert faults(home.store / earlier["playlist"]) == []
    nothing_is_left(home)

    disk.clear()
    done = home.ingest(large, "--ladder", heavy)
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    assert faults(home.store / done.ending["playlist"]) == []
    assert home.sql("select state, count(*) from asset group by all") == [["published", 2]]
    assert home.sql("select key from chunk group by key having count(*) > 1") == []


LIMITED = """
if any("w=160[" in argument for argument in arguments):
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
"""


def test_an_encoder_that_may_write_no_more(home: Home, clip: Path, ladder: Path, wrap: Wrap) -> None:
    """It is not tried again: the next try would fill the disk, too. No rung is given up for it."""
    limited = home.set(ffmpeg=str(wrap(LIMITED)), sandbox="false")
    done = limited.ingest(clip, "--ladder", ladder, "--cores", "1")
    is_said(done)
    assert done.events("rung-dropped") == []
    bad = [line for line in done.events("attempt-ended") if line["attempt"]["outcome"] != "done"]
    assert len(bad) == 1
    assert home.objects("assets/") == {}
    assert home.scratch() == []
    assert home.ingest(clip, "--ladder", ladder).code == 0
