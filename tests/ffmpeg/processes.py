"""Which processes there are: for tests that stop and kill ffmpeg, and see that none is left."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATIENCE_S = 60


def running(program: str, marker: str) -> list[int]:
    """Processes of this very program (neither launcher nor sandbox) with the marker among their arguments.
    Zombies have no arguments, so they do not count."""
    return [pid for pid, argv in _all().items() if argv[0] == program and any(marker in arg for arg in argv)]


def mentioning(*markers: str) -> list[int]:
    """Processes of any program that have all these markers among their arguments."""
    return [pid for pid, argv in _all().items() if all(any(m in arg for arg in argv) for m in markers)]


def the_one(program: str, marker: str) -> int:
    """Waits for it to start."""
    until(lambda: len(running(program, marker)) == 1, f"{program} to start")
    return running(program, marker)[0]


def stop(which: Callable[[], list[int]], what: str) -> list[int]:
    """Waits for some to be there, and stops them (SIGSTOP). Those are told that had not ended by then: now
    they do not end by themselves any more."""
    stopped: list[int] = []

    def some() -> bool:
        found = which()
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        stopped[:] = [pid for pid in which() if pid in found]
        return bool(stopped)

    until(some, what)
    return stopped


def until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


def _all() -> dict[int, list[str]]:
    if not Path("/proc/self/cmdline").exists():
        listed = subprocess.run(["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True)
        lines = (line.split() for line in listed.stdout.splitlines())
        return {int(pid): argv for pid, *argv in lines if argv}
    found = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                line = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if line:
                found[int(process.name)] = os.fsdecode(line).rstrip("\0").split("\0")
    return found
