"""A command and everything it starts: how much memory that has, and what of it remains."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
PROC = Path("/proc")


class Family:
    """A process and its descendants, as seen whenever `look` is called."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._seen: dict[int, str] = {}
        self.peak_bytes = 0

    def look(self) -> None:
        """Count them and the memory they have together (what they share counts for each)."""
        total, todo = 0, [self._root]
        while todo:
            pid = todo.pop()
            try:
                self._seen.setdefault(pid, _started(pid))
                total += int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE
                for task in (PROC / str(pid) / "task").iterdir():
                    todo += map(int, (task / "children").read_text().split())
            except (OSError, IndexError):  # it has just ended
                continue
        self.peak_bytes = max(self.peak_bytes, total)

    def remaining(self, patience_s: float = 30) -> list[int]:
        """Those that still run, after giving them some time to end."""
        deadline = time.monotonic() + patience_s
        while left := [pid for pid, started in self._seen.items() if self._runs(pid, started)]:
            if time.monotonic() > deadline:
                return left
            time.sleep(0.02)
        return []

    def kill(self) -> None:
        """End whatever of it was seen and still runs."""
        for pid in self.remaining(0):
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(pid, signal.SIGKILL)

    def _runs(self, pid: int, started: str) -> bool:
        try:
            return _started(pid) == started and not _ended(pid)
        except (OSError, IndexError):
            return False


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name: the state is the first."""
    return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()


def _started(pid: int) -> str:
    return _fields(pid)[19]


def _ended(pid: int) -> bool:
    return _fields(pid)[0] in "ZX"
