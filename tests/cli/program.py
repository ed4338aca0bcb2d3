"""The program as scripts run it: a process with a home of its own, its exit code and its two streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from codek7.check import check_presentation
from tests.ffmpeg.processes import mentioning

PATIENCE_S = 240
PROGRAM = (sys.executable, "-m", "codek7")

LADDER = """\
segment_us = 1000000
idr_us = 500000

[[audio]]
channels = 2
bitrate_bps = 64000

[[rungs]]
width = 96
height = 54
crf = 32
ceiling_bps = 200000
preset = "ultrafast"

[[rungs]]
width = 160
height = 90
crf = 32
ceiling_bps = 400000
preset = "ultrafast"
"""
"""Quickly encoded: of a clip of 3 s it makes 3 segments in 2 chunks."""
SLOW = """\
segment_us = 1000000
idr_us = 1000000

[[audio]]
channels = 2
bitrate_bps = 64000

[[rungs]]
width = 320
height = 180
crf = 18
ceiling_bps = 2000000
preset = "placebo"
"""
"""One rung that takes its time."""
TALLER = """
[[rungs]]
width = 320
height = 180
crf = 32
ceiling_bps = 900000
preset = "ultrafast"
"""

Json = dict[str, Any]
Process = subprocess.Popen[str]


class Done(NamedTuple):
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Json]:
        """Standard output as JSON, an object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def ending(self) -> Json:
        """The last of them."""
        return self.lines[-1]

    def events(self, *names: str) -> list[Json]:
        """The events of these names."""
        return [line for line in self.lines if line["event"] in names]


class Home(NamedTuple):
    """A home folder, and the settings that the environment gives."""

    path: Path
    settings: Mapping[str, str] = {}

    @property
    def environ(self) -> dict[str, str]:
        """For a process that works in this home."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CODEK7_")}
        return {**clean, "CODEK7_HOME": str(self.path), **self.settings}

    def set(self, **settings: str) -> Home:
        """The same home under other settings: `home.set(tries="1")`."""
        return Home(self.path, {f"CODEK7_{name.upper()}": value for name, value in settings.items()})

    def start(self, *arguments: object, **how: Any) -> Process:
        """`codek7 ARGUMENTS`, running."""
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": self.environ, **how}
        command = [*PROGRAM, *map(str, arguments)]
        return subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL, **how)

    def run(self, *arguments: object, **how: Any) -> Done:
        """`codek7 ARGUMENTS`, to its end. Whatever it says, it shows no traceback."""
        return end_of(self.start(*arguments, **how))

    def ingest(self, source: Path, *options: object) -> Done:
        """`codek7 ingest SOURCE --json OPTIONS`."""
        return self.run("ingest", source, "--json", *options)

    def sql(self, query: str) -> list[list[Any]]:
        """The rows of a query."""
        done = self.run("sql", query, "--json")
        assert done.code == 0, done.err
        return [list(row.values()) for row in done.lines]

    @property
    def store(self) -> Path:
        """The folder of the store."""
        return self.path / "store"

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        """What is in the store, by key."""
        files = (path for path in self.store.rglob("*") if path.is_file())
        found = {path.relative_to(self.store).as_posix(): path.read_bytes() for path in files}
        return {key: body for key, body in found.items() if key.startswith(prefix)}

    def published(self, ending: Json) -> dict[str, bytes]:
        """The objects of a published version, by their path within it."""
        prefix = str(ending["playlist"]).removesuffix("main.m3u8")
        return {key.removeprefix(prefix): body for key, body in self.objects(prefix).items()}

    def scratch(self) -> list[str]:
        """What tasks left behind."""
        return [path.name for path in (self.path / "scratch").glob("*")]

    def processes(self) -> list[int]:
        """Those that work in this home, ffmpeg and all that surrounds it."""
        return mentioning(f"{self.path}/")


def heard(process: Process, name: str) -> list[Json]:
    """Reads the events of a running process up to the first of this name."""
    assert process.stdout is not None
    lines: list[Json] = []
    for line in process.stdout:
        lines.append(json.loads(line))
        if lines[-1]["event"] == name:
            return lines
    raise AssertionError(f"{name} never came: {lines} {process.stderr and process.stderr.read()}")


def end_of(process: Process) -> Done:
    """Waits for it, within reason."""
    try:
        out, err = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        raise
    assert "Traceback" not in err, err
    return Done(process.returncode, out, err)


def faults(main: Path) -> list[str]:
    """What the validator finds in a presentation on disk."""
    return [str(fault) for fault in check_presentation(str(main)).faults]
