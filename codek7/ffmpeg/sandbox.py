"""ffmpeg inside bubblewrap: no network, no other process, and of the file system only what a run names.

What reads media that strangers made is worth a cage: a decoder that was taken over can then neither read
other files nor call out. Where bubblewrap is missing or the system forbids it, ffmpeg runs without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from codek7.core.scratch import aside
from codek7.ffmpeg.program import ENVIRONMENT

# Not the user namespace: see `_isolations`.
_APART = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")

_LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")

# The loader's cache and Debian's choices of libraries; fonts; and the number of processors, which decides how
# many threads encoders start, and so, in x264, the pictures: inside and outside must give the same bytes.
_SYSTEM = (
    "/etc/ld.so.cache",
    "/etc/alternatives",
    "/etc/fonts",
    "/usr/share/fonts",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
)


class Sandbox(NamedTuple):
    """A way to start a program apart. Where none works, `why_not` says so and programs start as they are."""

    bwrap: str = ""
    isolation: tuple[str, ...] = ()
    why_not: str = ""

    def around(self, argv: Sequence[str], folder: Path, reads: Sequence[Path]) -> list[str]:
        """The arguments that run `argv` inside: `folder` writable, `reads` and the program itself readable,
        each at its own path. Open file descriptors go along."""
        if self.why_not:
            return list(argv)
        binds = ["--bind", str(folder), str(folder)]
        for path in (argv[0], *map(str, reads)):
            binds += ["--ro-bind", path, path]
        # Else what is written elsewhere would fill the memory, and be lost without an error.
        binds += ["--remount-ro", "/dev", "--remount-ro", "/"]
        # As process 1, the program is bubblewrap's own child: its processor time is counted.
        return [
            *(self.bwrap, *self.isolation, "--die-with-parent", "--as-pid-1", *_system(Path(argv[0]))),
            *(*binds, "--chdir", str(folder), "--", *argv),
        ]


OUTSIDE = Sandbox(why_not="not asked for")


@lru_cache(maxsize=16)
def find_sandbox(program: str) -> Sandbox:
    """A sandbox in which this ffmpeg program was seen to work. Tried once per process, in about 60 ms."""
    if sys.platform != "linux":
        return Sandbox(why_not="bubblewrap is for Linux only")
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return Sandbox(why_not="bubblewrap (`bwrap`) is not installed")
    said = ""
    for isolation in _isolations():
        sandbox = Sandbox(bwrap, isolation)
        said = _try(sandbox, program)
        if not said:
            return sandbox
    return Sandbox(why_not=f"bubblewrap does not work here: {said}")


def _isolations() -> tuple[tuple[str, ...], ...]:
    """Most systems allow namespaces to everyone through a user namespace. Root needs none, and in one could
    not read other users' files, which it may outside; of root's rights, only that one stays."""
    apart = ("--unshare-user", *_APART)
    as_root = (*_APART, "--cap-drop", "ALL", "--cap-add", "CAP_DAC_OVERRIDE")
    return (as_root, apart) if os.geteuid() == 0 else (apart,)


def _try(sandbox: Sandbox, program: str) -> str:
    """What went wrong with a tiny encode inside, or ""."""
    picture = ["-f", "lavfi", "-i", "color=size=16x16", "-frames:v", "1", "-f", "null", "-"]
    argv = [program, "-nostdin", "-loglevel", "error", *picture]
    try:
        with aside() as folder:
            inside = sandbox.around(argv, folder, ())
            tried = subprocess.run(
                inside,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=ENVIRONMENT,
                timeout=30,
                check=False,
            )
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if tried.returncode == 0:
        return ""
    return tried.stderr.decode(errors="replace").strip() or f"ended with code {tried.returncode}"


@lru_cache(maxsize=16)
def _system(program: Path) -> tuple[str, ...]:
    """A file system with what programs need to start: libraries, devices without hardware, its own /proc."""
    arguments = ["--proc", "/proc", "--dev", "/dev"]
    for folder in _LIBRARIES:
        if Path(folder).is_symlink():
            arguments += ["--symlink", str(Path(folder).readlink()), folder]
        else:
            arguments += ["--ro-bind-try", folder, folder]
    beside = str(program.parent.parent / "lib")  # of a program that was installed under a prefix of its own
    for path in (*_SYSTEM, beside):
        arguments += ["--ro-bind-try", path, path]
    return tuple(arguments)
