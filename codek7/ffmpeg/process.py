"""Running ffmpeg: the one way codek7 does it.

Each run is a process group of its own that ends with us, however we end. It reports where it is through a
pipe, and counts as alive as long as its position moves, so one that hangs is noticed. Everything happens in
the calling thread.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from codek7.core.tasks import Progress
from codek7.ffmpeg import launch
from codek7.ffmpeg.program import ENVIRONMENT
from codek7.ffmpeg.ran import Ran
from codek7.ffmpeg.sandbox import OUTSIDE, find_sandbox
from codek7.ffmpeg.watch import Watch

__all__ = ["Ran", "never", "run"]


def never() -> bool:
    """What `cancelled` is where nobody can cancel."""
    return False


def run(
    argv: Sequence[str],
    *,
    folder: Path,
    reads: Sequence[Path] = (),
    cancelled: Callable[[], bool] = never,
    on_progress: Callable[[Progress], None] | None = None,
    on_output: Callable[[bytes], None] | None = None,
    stall_s: float = 120,
    memory_bytes: int = 0,
    file_bytes: int = 0,
    sandbox: bool = True,
) -> Ran:
    """Run `argv` (an ffmpeg program by its absolute path, and its arguments) in `folder` until it ends.

    `folder` is what it may write to, `reads` what else it may read (absolute paths, as in `argv`): with
    `sandbox`, where bubblewrap works, nothing else is there. `on_output` gets what it writes to `pipe:1`, as
    it comes. It is killed after `stall_s` seconds without any advance in frames, time or bytes, and soon
    after `cancelled()` turns true. `memory_bytes` limits its private memory (reserved thread stacks included:
    about twice what is used) and `file_bytes` each file it writes; 0 is no limit.

    A program that cannot be started has failed. What a callback raises ends ffmpeg and is raised here.
    """
    started_us, clock = time.time_ns() // 1000, time.monotonic_ns()
    cage = find_sandbox(argv[0]) if sandbox else OUTSIDE
    folder = folder.absolute()
    heard, tell = _pipe()
    living, life = _pipe()
    with heard, life:
        with tell, living:
            command = cage.around(_plumbed(argv, tell.fileno()), folder, reads)
            command = [*_launcher(living.fileno(), memory_bytes, file_bytes), *command]
            process = _start(command, folder, (tell, living), output=on_output is not None)
        watch = Watch(process, heard, on_progress, on_output)
        try:
            ending = watch.until_end(cancelled, stall_s)
        finally:
            watch.close()
    return Ran(
        command=_printable(os.fsencode(shlex.join(argv))),
        outcome=ending or ("done" if watch.returncode == 0 else "failed"),
        returncode=watch.returncode,
        started_us=started_us,
        wall_us=(time.monotonic_ns() - clock) // 1000,
        cpu_us=watch.cpu_us,
        tail=_printable(watch.tail),
    )


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    """The reading and the writing end."""
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb", buffering=0), os.fdopen(writing, "wb", buffering=0)


def _launcher(living: int, memory_bytes: int, file_bytes: int) -> list[str]:
    return [sys.executable, "-I", "-S", launch.__file__, str(living), str(memory_bytes), str(file_bytes)]


def _start(
    command: list[str], folder: Path, passed: Sequence[IO[bytes]], *, output: bool
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if output else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=ENVIRONMENT,
        pass_fds=[pipe.fileno() for pipe in passed],
        start_new_session=True,
    )


def _plumbed(argv: Sequence[str], progress: int) -> list[str]:
    """Our arguments come first, so that what the caller says wins."""
    ours = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning"]
    return [argv[0], *ours, "-stats_period", "0.25", "-progress", f"pipe:{progress}", *argv[1:]]


def _printable(said: bytes) -> str:
    """Text that is safe in a terminal, and text at all: titles and names of files may hold escape codes, and
    names bytes that are no UTF-8."""
    text = said.decode("utf-8", "replace").replace("\r", "\n")
    return "".join(char if char.isprintable() or char in "\n\t" else "�" for char in text)
