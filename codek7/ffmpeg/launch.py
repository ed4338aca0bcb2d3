"""Runs in a process of its own, between codek7 and a program: sets limits, then becomes the program.

    python -I -S launch.py PARENT MEMORY_BYTES FILE_BYTES PROGRAM [ARGUMENT...]

Limits cannot be set in codek7's own process (they would be its own), nor between fork and exec (Python code
there can deadlock where there are threads), nor after the start (the program may have started others by
then). Imports nothing of codek7 and as little as can be. Costs about 15 ms.
"""

import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
CANNOT_START = 127


def end_with_parent(parent: int) -> None:
    """SIGKILL when the thread that started this process ends, however it ends. Linux only."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
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


def main(parent: str, memory_bytes: str, file_bytes: str, *argv: str) -> None:
    end_with_parent(int(parent))
    die_first()
    limit(int(memory_bytes), int(file_bytes))
    try:
        os.execv(argv[0], argv)  # noqa: S606  # becoming the program is the point; no shell is wanted
    except OSError as error:
        sys.stderr.write(f"cannot start {argv[0]}: {error.strerror}\n")
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    main(*sys.argv[1:])
