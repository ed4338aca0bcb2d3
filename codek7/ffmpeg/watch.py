"""Watching a running process: what it writes, whether it moves, and its end."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal, cast

from codek7.core.tasks import Progress
from codek7.ffmpeg.launch import BY_SIGNAL
from codek7.ffmpeg.progress import Report, Reports

TICK_S = 0.1
"""How often a run is looked at where it says nothing."""
LONGEST_TICK_S = 1.0
"""What one look counts at most as waiting: if we were stopped ourselves, nobody else stalled."""
KILL_GRACE_S = 0.3
KILL_WAIT_S = 10.0
TAIL_BYTES = 4096
READ_BYTES = 1 << 16
SIGNALS = 32

Ending = Literal["stalled", "cancelled", ""]


class Watch:
    """A process, its pipes, and for how long nothing has moved. Everything runs in the caller's thread."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        progress: IO[bytes],
        on_progress: Callable[[Progress], None] | None,
        on_output: Callable[[bytes], None] | None,
    ) -> None:
        self.returncode = -int(signal.SIGKILL)
        self.cpu_us = 0
        self.tail = b""
        self._process = process
        self._on_progress, self._on_output = on_progress, on_output
        self._reports, self._position = Reports(), Report().position
        self._reaped = False
        self._idle_s = 0.0
        self._pipes = selectors.DefaultSelector()
        readers = ((progress, self._progressed), (process.stdout, self._output), (process.stderr, self._said))
        for pipe, reader in readers:
            if pipe is not None:
                self._pipes.register(pipe, selectors.EVENT_READ, reader)

    def until_end(self, cancelled: Callable[[], bool], stall_s: float) -> Ending:
        """Why it was ended, or "" where it ended by itself."""
        while self._turn():
            if cancelled():
                return "cancelled"
            if self._idle_s > stall_s:
                return "stalled"
        return ""

    def close(self) -> None:
        """Leaves nothing running and nothing open."""
        self._on_progress = self._on_output = None
        try:
            if not self._reaped or self._pipes.get_map():
                self._kill()
        finally:
            for key in list(self._pipes.get_map().values()):
                self._drop(cast("IO[bytes]", key.fileobj))
            self._pipes.close()

    def _turn(self) -> bool:
        """Reads what there is, or waits a tick. False once it has ended and all it wrote is read."""
        began, moved = time.monotonic(), False
        open_pipes = bool(self._pipes.get_map())
        ready = self._pipes.select(TICK_S if open_pipes else TICK_S / 20)
        for key, _ in ready:
            more = os.read(key.fd, READ_BYTES)
            if more:
                moved |= key.data(more)
            else:
                self._drop(cast("IO[bytes]", key.fileobj))
        waited = min(time.monotonic() - began, LONGEST_TICK_S)
        self._idle_s = 0.0 if moved else self._idle_s + waited
        return not self._reap() or bool(ready)

    def _progressed(self, more: bytes) -> bool:
        moved = False
        for report in self._reports.feed(more):
            if report.position == self._position:
                continue
            self._position, moved = report.position, True
            if self._on_progress:
                self._on_progress(Progress(done_us=report.out_time_us, speed=report.speed))
        return moved

    def _output(self, more: bytes) -> bool:
        if self._on_output:
            self._on_output(more)
        return True

    def _said(self, more: bytes) -> bool:
        self.tail = (self.tail + more)[-TAIL_BYTES:]
        return False

    def _drop(self, pipe: IO[bytes]) -> None:
        self._pipes.unregister(pipe)
        pipe.close()

    def _reap(self) -> bool:
        if self._reaped:
            return True
        pid, status, usage = os.wait4(self._process.pid, os.WNOHANG)
        if pid:
            self._reaped = True
            code = os.waitstatus_to_exitcode(status)
            self._process.returncode = code
            # The launcher and bubblewrap say it so. ffmpeg's own codes in this range are errors of networks.
            self.returncode = BY_SIGNAL - code if BY_SIGNAL < code < BY_SIGNAL + SIGNALS else code
            self.cpu_us = round((usage.ru_utime + usage.ru_stime) * 1_000_000)
        return self._reaped

    def _kill(self) -> None:
        """What it made is thrown away, so there is nothing to ask it to finish: SIGKILL, which also ends what
        is stopped. The program itself first: those who wait for it then report its processor time."""
        if not self._reaped:
            for pid in _leaves(self._process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._turns(KILL_GRACE_S)
        if not self._reaped or self._pipes.get_map():
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._turns(KILL_WAIT_S)

    def _turns(self, seconds: float) -> None:
        """Reading to the end of the pipes is waiting for all who hold them."""
        end = time.monotonic() + seconds
        while (self._turn() or self._pipes.get_map()) and time.monotonic() < end:
            pass


def _leaves(pid: int) -> list[int]:
    """Processes below this one that have none below them; itself, where it has none or there is no /proc."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [leaf for child in children for leaf in _leaves(int(child))] or [pid]
