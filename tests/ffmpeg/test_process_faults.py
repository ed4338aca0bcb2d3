"""ffmpeg frozen, killed, cancelled, orphaned: noticed, ended, and nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from codek7.core.errors import EncodeFailed, EncodeStalled, Interrupted
from codek7.core.tasks import Progress
from codek7.ffmpeg import launch
from codek7.ffmpeg.process import run
from tests.ffmpeg.processes import mentioning, running, the_one, until

pytestmark = pytest.mark.media

ENDLESS = ["-re", "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=25"]


@pytest.fixture(params=[True, False], ids=["sandbox", "bare"])
def sandbox(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def endless(ffmpeg: str, tmp_path: Path) -> list[str]:
    """An encode that never ends by itself, not even where its output is there already; the path of that tells
    it from others."""
    return [ffmpeg, "-y", *ENDLESS, "-c:v", "libx264", "-f", "mpegts", str(tmp_path / "endless.ts")]


def once_it_moves(argv: list[str], send: signal.Signals) -> "tuple[list[Progress], threading.Thread]":
    """Sends a signal to ffmpeg as soon as it has told of progress."""
    heard: list[Progress] = []

    def wait_and_send() -> None:
        until(lambda: len(heard) > 1, "progress")
        os.kill(the_one(argv[0], argv[-1]), send)

    thread = threading.Thread(target=wait_and_send)
    thread.start()
    return heard, thread


def test_frozen(endless: list[str], tmp_path: Path, sandbox: bool) -> None:
    heard, freezer = once_it_moves(endless, signal.SIGSTOP)
    ran = run(endless, folder=tmp_path, on_progress=heard.append, stall_s=3, sandbox=sandbox)
    freezer.join()
    assert ran.outcome == "stalled"
    assert running(endless[0], endless[-1]) == []
    with pytest.raises(EncodeStalled, match="made no progress and was ended"):
        ran.require_done("encoding")


def test_alive_but_without_progress(ffmpeg: str, tmp_path: Path, sandbox: bool) -> None:
    dropping = [ffmpeg, *ENDLESS, "-vf", "select=0", "-f", "null", str(tmp_path / "nothing")]
    ran = run(dropping, folder=tmp_path, stall_s=1.5, sandbox=sandbox)
    assert ran.outcome == "stalled"
    assert running(ffmpeg, dropping[-1]) == []


def test_killed(endless: list[str], tmp_path: Path, sandbox: bool) -> None:
    heard, killer = once_it_moves(endless, signal.SIGKILL)
    ran = run(endless, folder=tmp_path, on_progress=heard.append, sandbox=sandbox)
    killer.join()
    assert (ran.outcome, ran.returncode) == ("failed", -9)
    with pytest.raises(EncodeFailed, match=r"was ended by signal 9 \("):
        ran.require_done("encoding")


def test_cancelled(endless: list[str], tmp_path: Path, sandbox: bool) -> None:
    heard: list[Progress] = []
    ran = run(
        endless,
        folder=tmp_path,
        on_progress=heard.append,
        cancelled=lambda: len(heard) > 2,
        sandbox=sandbox,
    )
    assert ran.outcome == "cancelled"
    assert ran.cpu_us > 10_000
    assert running(endless[0], endless[-1]) == []
    with pytest.raises(Interrupted, match="was cancelled"):
        ran.require_done("encoding")


def test_cancelled_before_it_began(endless: list[str], tmp_path: Path, sandbox: bool) -> None:
    ran = run(endless, folder=tmp_path, cancelled=lambda: True, sandbox=sandbox)
    assert ran.outcome == "cancelled"
    assert running(endless[0], endless[-1]) == []


PARENT = """
import sys, threading
from pathlib import Path
from codek7.ffmpeg.process import run

folder, sandbox, *argv = sys.argv[1:]
told = lambda _: print("moving", flush=True)
work = lambda: run(argv, folder=Path(folder), on_progress=told, sandbox=sandbox == "True")
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def test_codek7_itself_killed(endless: list[str], tmp_path: Path, sandbox: bool) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(sandbox), *endless]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "moving\n"
        assert len(running(endless[0], endless[-1])) == 1
        parent.kill()
    until(lambda: running(endless[0], endless[-1]) == [], "ffmpeg to end with its parent")


def test_codek7_killed_at_any_moment(endless: list[str], tmp_path: Path, sandbox: bool) -> None:
    """Also while launcher or sandbox are still setting up."""
    command = [sys.executable, "-c", PARENT, str(tmp_path), str(sandbox), *endless]
    for delay in range(12):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as parent:
            until(lambda: mentioning(launch.__file__, endless[-1]) != [], "the launcher")
            time.sleep(delay / 250)
            parent.kill()
        until(lambda: mentioning(endless[-1]) == [], "all of its processes to end")
