"""What the benchmarks share: clips, and a command's wall and CPU seconds."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CODEK7 = Path(sys.executable).with_name("codek7")


class Cost(NamedTuple):
    """What a command took, in seconds; CPU is of the command and everything it started and waited for."""

    wall_s: float
    cpu_s: float


def cost(argv: Sequence[str]) -> Cost:
    """Run a command to its end. Raises `CalledProcessError` with what it said."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    ran = subprocess.run(argv, capture_output=True, text=True, env=_environ(), check=False)
    wall_s = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode:
        sys.stderr.write(ran.stdout + ran.stderr)
        raise subprocess.CalledProcessError(ran.returncode, argv)
    return Cost(wall_s, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def _environ() -> dict[str, str]:
    """The environment, but Python may keep what it compiled, as it does where codek7 is installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def media() -> Path:
    """The folder of real clips: `$CODEK7_MEDIA`, else `../shared/media`."""
    folder = Path(os.environ.get("CODEK7_MEDIA", ROOT.parent / "shared" / "media"))
    if not folder.is_dir():
        sys.exit(f"no real clips at {folder}; name their folder in CODEK7_MEDIA")
    return folder


def looped(clip: Path, times: int, folder: Path) -> Path:
    """A clip several times over, its streams copied."""
    from codek7.ffmpeg.program import find_ffmpeg

    path = folder / f"{clip.stem}-{times}.mkv"
    argv = [find_ffmpeg().path, "-v", "error", "-stream_loop", str(times - 1), "-i", str(clip), "-c", "copy"]
    subprocess.run([*argv, str(path)], check=True)
    return path


def machine() -> str:
    """What it was measured on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "unknown processor",
    )
    return f"{os.cpu_count()} cores of {model}, Python {sys.version.split()[0]}"
