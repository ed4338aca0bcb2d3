"""One worker process: started, listened to, ended."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import msgspec

from codek7.core.events import WorkProgressed
from codek7.core.values import from_json, to_json
from codek7_server.jobs.order import BEAT_S, Beat, Order

SILENT_S = 12 * BEAT_S
"""A worker that says nothing for so long is frozen."""
TERM_S = 10.0
"""From being asked to end to being killed."""
_TAIL = 4000
_LINE = 1 << 20


class Exit(NamedTuple):
    """How a worker ended, and the end of what it wrote where errors go."""

    reason: str
    tail: str


class Worker:
    """A running worker. Its pid is its process group's, too."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid
        self._tail = b""

    @classmethod
    async def start(cls) -> Worker:
        """A process that waits for its order."""
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", "codek7_server.jobs.worker",
                stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True, limit=_LINE,
            )
        )  # fmt: skip

    async def run(self, order: Order, hear: Callable[[WorkProgressed], None]) -> Exit:
        """Give it its order, and pass on what it says until it ends."""
        assert self._process.stdin is not None  # noqa: S101  # asked for above
        with suppress(ConnectionError):  # it is dead already, which we are about to hear
            self._process.stdin.write(to_json(order) + b"\n")
            await self._process.stdin.drain()
        errors = asyncio.create_task(self._read_errors())
        frozen = not await self._listen(hear)
        if frozen:
            self.kill()
        code = await self._process.wait()
        with suppress(TimeoutError):  # what it left behind may hold the pipe open
            await asyncio.wait_for(errors, 1)
        self.kill()
        self._process.stdin.close()
        return Exit(_reason(code, frozen=frozen), self._tail.decode(errors="replace"))

    async def end(self) -> None:
        """Ask it to end, and see to it that it does."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), TERM_S)
        except TimeoutError:
            self.kill()

    def kill(self) -> None:
        """The whole group, at once. Its encoders are in groups of their own, and end with it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _listen(self, hear: Callable[[WorkProgressed], None]) -> bool:
        """Until it says nothing any more; false where it should."""
        assert self._process.stdout is not None  # noqa: S101  # asked for above
        while True:
            try:
                line = await asyncio.wait_for(self._process.stdout.readline(), SILENT_S)
            except TimeoutError:
                return False
            if not line:
                return True
            with suppress(msgspec.MsgspecError):
                said = from_json(line, Beat | WorkProgressed)  # type: ignore[arg-type]  # a union is a type to msgspec
                if isinstance(said, WorkProgressed):
                    hear(said)

    async def _read_errors(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  # asked for above
        while part := await self._process.stderr.read(65536):
            self._tail = (self._tail + part)[-_TAIL:]


def _reason(code: int, *, frozen: bool) -> str:
    if frozen:
        return f"the worker said nothing for {SILENT_S:.0f} s and was killed"
    if code < 0:
        return f"the worker was ended by {signal.Signals(-code).name}"
    return f"the worker ended with exit code {code}"
