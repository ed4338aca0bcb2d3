"""The program as scripts run it, in a home of its own: its exit code and its two streams."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from codek7.check import check_presentation
from codek7.cli import main
from codek7.hub import Hub
from tests.ffmpeg.processes import mentioning, until

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

PATIENT = """\
import time
from pathlib import Path
from codek7 import Verdict, hookimpl

@hookimpl
def codek7_moderate(asset):
    while not Path({go_on!r}).exists():
        time.sleep(0.05)
    return Verdict(moderator="patient@1", decision="allow", reason="")
"""
"""A job does not end before it is told to: whoever comes meanwhile is in time, however long they take."""

Json = dict[str, Any]


class Done(NamedTuple):
    """How a process ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Json]:
        """Standard output as JSON, an object a line."""
        return [json.loads(line) for line in self.out.split("\n") if line]

    @property
    def ending(self) -> Json:
        """The last of them."""
        return self.lines[-1]

    def events(self, *names: str) -> list[Json]:
        """The events of these names."""
        return [line for line in self.lines if line["event"] in names]


class Running:
    """A process, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._said: dict[str, list[str]] = {"stdout": [], "stderr": []}
        self._silent = False
        self._more = threading.Condition()
        self._readers = [
            threading.Thread(target=self._read, args=(name,), daemon=True) for name in self._said
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, name: str) -> None:
        for line in getattr(self.process, name):
            with self._more:
                self._said[name].append(line)
                self._more.notify_all()
        if name == "stdout":
            with self._more:
                self._silent = True
                self._more.notify_all()

    def hear(self, name: str, count: int = 1) -> Json:
        """Waits for the event of this name; for so many of them. That one."""
        mark = f'{{"event":"{name}"'

        def heard() -> list[str]:
            return [line for line in self._said["stdout"] if line.startswith(mark)]

        with self._more:
            self._more.wait_for(lambda: len(heard()) >= count or self._silent, PATIENCE_S)
            assert len(heard()) >= count, (name, self._said)
            event: Json = json.loads(heard()[count - 1])
            return event

    def wait_for_lines(self, count: int) -> None:
        """Waits until it has written so many lines, or its last."""
        with self._more:
            self._more.wait_for(lambda: len(self._said["stdout"]) >= count or self._silent, PATIENCE_S)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.process.poll() is not None

    def send(self, what: signal.Signals) -> None:
        """Send a signal to the process alone."""
        self.process.send_signal(what)

    def end(self) -> Done:
        """Waits for its end, within reason. Whatever it says, it shows no traceback."""
        try:
            code = self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
        for reader in self._readers:
            reader.join(PATIENCE_S)
        out, err = ("".join(self._said[name]) for name in ("stdout", "stderr"))
        assert "Traceback" not in err, err
        return Done(code, out, err)


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

    def spawn(self, *arguments: object, **how: Any) -> subprocess.Popen[str]:
        """`codek7 ARGUMENTS`, a process whose streams nobody reads yet."""
        how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": self.environ, **how}
        command = [*PROGRAM, *map(str, arguments)]
        return subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL, **how)

    def start(self, *arguments: object, **how: Any) -> Running:
        """`codek7 ARGUMENTS`, running."""
        return Running(self.spawn(*arguments, **how))

    def run(self, *arguments: object) -> Done:
        """`codek7 ARGUMENTS`, to its end, within this process: what most commands do takes less time than the
        start of one. A test about the process itself says `start(...).end()`."""
        with patch.dict(os.environ, self.environ, clear=True):
            return within(*map(str, arguments))

    def ingest(self, source: Path, *options: object) -> Done:
        """`codek7 ingest SOURCE --json OPTIONS`."""
        return self.run("ingest", source, "--json", *options)

    def sql(self, query: str) -> list[list[Any]]:
        """The rows of a query."""
        with Hub.open(self.path, environ={}) as hub:
            return [list(row) for row in hub.catalog.query(query).rows]

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

    def patient(self) -> Path:
        """From now on no job of this home ends before this file is there."""
        go_on, plugin = self.path.with_name("go-on"), self.path / "codek7_plugins.py"
        self.path.mkdir(mode=0o700, exist_ok=True)
        plugin.write_text(PATIENT.format(go_on=str(go_on)))
        plugin.chmod(0o600)
        return go_on

    def processes(self) -> list[int]:
        """Those that work in this home, ffmpeg and all that surrounds it."""
        return mentioning(f"{self.path}/")


def within(*arguments: str) -> Done:
    """What a process would have ended with and said, its log included."""
    kept = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(each, "utf-8", write_through=True) for each in kept)
    ways = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)}
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main(arguments)
    except SystemExit as ended:
        code = int(str(ended.code))
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for each, way in ways.items():
            signal.signal(each, way)
    done = Done(code, *(each.getvalue().decode() for each in kept))
    assert "Traceback" not in done.err, done.err
    return done


def nothing_is_left(home: Home) -> None:
    """No process, once they have had time to end, and nothing of what they were at."""
    until(lambda: home.processes() == [], "all processes to end")
    assert home.scratch() == []


def faults(main: Path) -> list[str]:
    """What the validator finds in a presentation on disk."""
    return [str(fault) for fault in check_presentation(str(main)).faults]
