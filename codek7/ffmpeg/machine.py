"""What this machine lets us use: processors, memory and disk, within the limits of a container."""

from __future__ import annotations

import os
import sys
from math import ceil
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def usable_cores(cgroup: Path = CGROUP) -> int:
    """Processors that this process may run on, and no more than a container's quota pays for."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        allowed = min(allowed, ceil(int(quota) / int(period)))
    return max(1, allowed)


def memory_bytes(cgroup: Path = CGROUP) -> int:
    """Memory of this machine, or of the container."""
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _read(cgroup / "memory.max")
    return min(installed, int(limit)) if limit.isdigit() else installed


def free_bytes(folder: Path) -> int:
    """Disk that we may fill where the folder is, or is going to be."""
    while not folder.exists():
        folder = folder.parent
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
