"""How a run of ffmpeg ended."""

from __future__ import annotations

import signal
from typing import Literal

import msgspec

from codek7.core.errors import DiskFull, EncodeFailed, EncodeStalled, Interrupted
from codek7.core.tasks import Attempt

FULL = ("No space left on device", "Disk quota exceeded", "File too large")
AGAIN = "run the same command again: it resumes"

Outcome = Literal["done", "failed", "stalled", "cancelled"]


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """One run. `command` is for people (the plumbing that is added is left out); `returncode` is negative
    where a signal ended it; `tail` is the end of what the program said, without control characters."""

    command: str
    outcome: Outcome
    returncode: int
    started_us: int
    wall_us: int
    cpu_us: int
    tail: str = ""

    @property
    def disk_full(self) -> bool:
        """Whether it failed for want of space."""
        return self.outcome == "failed" and any(words in self.tail for words in FULL)

    @property
    def reason(self) -> str:
        """Why it is not done, to follow "ffmpeg"."""
        if self.outcome == "stalled":
            return "made no progress and was ended"
        if self.outcome == "cancelled":
            return "was cancelled"
        last = self.tail.strip().rpartition("\n")[2]
        return f"{self._ended}: {last}" if last else self._ended

    @property
    def _ended(self) -> str:
        if self.returncode >= 0:
            return f"ended with code {self.returncode}"
        return f"was ended by signal {-self.returncode} ({signal.strsignal(-self.returncode)})"

    def attempt(self, keys: tuple[str, ...], tool: str) -> Attempt:
        """What the catalog keeps of this run, for the work whose content keys these are."""
        return Attempt(
            keys=keys,
            tool=tool,
            command=self.command,
            outcome=self.outcome,
            started_us=self.started_us,
            wall_us=self.wall_us,
            cpu_us=self.cpu_us,
            tail=self.tail,
        )

    def require_done(self, doing: str) -> None:
        """Raises `Interrupted`, `EncodeStalled`, `DiskFull` or `EncodeFailed`, saying what was being done."""
        if self.outcome == "done":
            return
        message = f"{doing}: ffmpeg {self.reason}"
        if self.disk_full:
            raise DiskFull(message, hint=f"free some space, then {AGAIN}")
        if self.outcome == "cancelled":
            raise Interrupted(message, hint=AGAIN)
        raise (EncodeStalled if self.outcome == "stalled" else EncodeFailed)(message)
