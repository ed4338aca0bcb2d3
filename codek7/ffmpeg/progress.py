"""What `ffmpeg -progress` says: blocks of `key=value` lines, each ended by a `progress=` line."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

LONGEST_LINE = 4096
LARGEST = 2**63 - 1


class Report(NamedTuple):
    """One block. What ffmpeg does not know yet (`N/A`) is 0."""

    frame: int = 0
    out_time_us: int = 0
    total_size: int = 0
    speed: float = 0.0

    @property
    def position(self) -> tuple[int, int, int]:
        """What changes while work is being done, and stays when none is."""
        return self.frame, self.out_time_us, self.total_size


class Reports:
    """Puts blocks together from bytes as they come."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[str, str] = {}

    def feed(self, more: bytes) -> list[Report]:
        """The blocks that these bytes complete."""
        *lines, rest = (self._rest + more).split(b"\n")
        self._rest = rest[-LONGEST_LINE:]
        done = []
        for line in lines:
            name, _, value = line.decode("ascii", "replace").partition("=")
            if name in _NAMES:
                self._fields[name] = value.strip()
            elif name == "progress":
                done.append(_report(self._fields))
                self._fields = {}
        return done


_NAMES = frozenset({"frame", "out_time_us", "total_size", "speed"})


def _report(fields: dict[str, str]) -> Report:
    return Report(
        frame=_whole(fields.get("frame", "")),
        out_time_us=max(0, _whole(fields.get("out_time_us", ""))),
        total_size=_whole(fields.get("total_size", "")),
        speed=_speed(fields.get("speed", "")),
    )


def _whole(text: str) -> int:
    try:
        return min(int(text), LARGEST)
    except ValueError:
        return 0


def _speed(text: str) -> float:
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        return 0.0
    return speed if isfinite(speed) and speed > 0 else 0.0
