"""Runs in a process of its own, between codek7 and a program: sets limits, starts it, ends it with codek7.

    python -I -S launch.py LIFE MEMORY_BYTES FILE_BYTES PROGRAM [ARGUMENT...]

LIFE is the reading end of a pipe that only codek7 can write to, and never does: when it closes, however
codek7 ended, the whole process group is killed. (The kernel can end a child with its parent, but not what
that child is just starting: bubblewrap, killed in the middle of setting up, leaves a process behind.)

Limits cannot be set in codek7's own process (they would be its own), nor between fork and exec there (Python
code can deadlock where there are threads), nor after the start (the program may have started others by then).
Imports nothing of codek7 and as little as can be; costs about 15 ms.
"""

import os
import resource
import select
import signal
import sys

CANNOT_START = 127
BY_SIGNAL = 128


def watch(life: int, argv: list[str], memory_bytes: int, file_bytes: int) -> int:
    """The program's exit code: 128 and the number of the signal where one ended it, as shells have it."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    child = os.fork()
    if child == 0:
        os.close(life)
        become(argv, memory_bytes, file_bytes)
    while True:
        ready, _, _ = select.select([life, woken], [], [])
        if life in ready:
            os.killpg(0, signal.SIGKILL)
        os.read(woken, 64)
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else BY_SIGNAL - code


def become(argv: list[str], memory_bytes: int, file_bytes: int) -> None:
    """Turns this process into the program, or ends it."""
    try:
        die_first()
        limit(memory_bytes, file_bytes)
        os.execv(argv[0], argv)  # noqa: S606  # becoming the program is the point; no shell is wanted
    except OSError as error:
        os.write(2, f"cannot start {argv[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(CANNOT_START)


def die_first() -> None:
    """Where memory runs out, the kernel should end this process rather than codek7. Linux only."""
    try:
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return
    os.write(score, b"500")
    os.close(score)


def limit(memory_bytes: int, file_bytes: int) -> None:
    """0 sets no limit. Files at their limit give an error to whoever writes (EFBIG), not a signal."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory_bytes:
        # Not the address space: the heaps and stacks of 50 threads reserve four times what they use.
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    if file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


if __name__ == "__main__":
    life, memory_bytes, file_bytes = map(int, sys.argv[1:4])
    os._exit(watch(life, sys.argv[4:], memory_bytes, file_bytes))
