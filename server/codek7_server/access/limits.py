"""How often somebody may ask: token buckets in memory, as many as are remembered, no more."""

from __future__ import annotations

import math
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Network

from codek7.core.errors import ServerBusy, TooManyRequests

REMEMBERED = 20_000
"""Keys and addresses, each kind. The one unseen for longest is forgotten: its bucket had time to fill."""
WRONG_PER_MINUTE = 20
"""Keys that are not valid, from one address."""
AGAIN_S = 5
"""When to come back after too much at once: nobody knows."""


class Buckets:
    """A bucket each of `per_minute` tokens, which refills evenly; 0 is no limit."""

    def __init__(
        self,
        per_minute: int,
        *,
        remembered: int = REMEMBERED,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_minute = per_minute
        self._remembered = remembered
        self._clock_s = clock_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> int:
        """Seconds until there is a token, rounded up; 0 where one was taken."""
        if not self.per_minute:
            return 0
        now = self._clock_s()
        left = self._in_bucket(who, now)
        if left < 1:
            return math.ceil((1 - left) * 60 / self.per_minute)
        self._left[who] = (left - 1, now)
        self._left.move_to_end(who)
        if len(self._left) > self._remembered:
            self._left.popitem(last=False)
        return 0

    def __len__(self) -> int:
        return len(self._left)

    def _in_bucket(self, who: str, now: float) -> float:
        left, at = self._left.get(who, (float(self.per_minute), now))
        return min(float(self.per_minute), left + (now - at) * self.per_minute / 60)


class AtOnce:
    """So many at once for each, and for all together; 0 is no limit. Belongs to one event loop."""

    def __init__(self, what: str, each: int, total: int = 0) -> None:
        self.what, self.each, self.total = what, each, total
        self._going: Counter[str] = Counter()

    def check(self, who: str) -> None:
        """Raises `TooManyRequests`, and `ServerBusy` where it is not theirs alone."""
        if self.each and self._going[who] >= self.each:
            raise TooManyRequests(
                f"more than {self.each} {self.what} at once", hint="end one first", retry_s=AGAIN_S
            )
        if self.total and self._going.total() >= self.total:
            raise ServerBusy(f"{self.total} {self.what} are all that there can be", hint="try again later")

    @contextmanager
    def one(self, who: str) -> Iterator[None]:
        """One more, within the block. Raises as `check`."""
        self.check(who)
        self._going[who] += 1
        try:
            yield
        finally:
            self._going[who] -= 1
            if not self._going[who]:
                del self._going[who]


class Limits:
    """Requests by key, else by address; event streams; and keys that are not valid, by address."""

    def __init__(self, per_minute: int, *, at_once: int = 0, streams_each: int = 0, streams: int = 0) -> None:
        self._requests = Buckets(per_minute)
        self._wrong = Buckets(min(per_minute, WRONG_PER_MINUTE))
        self.requests = AtOnce("requests", at_once)
        self.streams = AtOnce("event streams", streams_each, streams)

    def count(self, who: str) -> None:
        """A request. Raises `TooManyRequests`."""
        _hold(self._requests.take(who), f"more than {self._requests.per_minute} requests a minute")

    def wrong(self, address: str) -> None:
        """A key was not valid. Raises `TooManyRequests`. Valid ones from the same address are still answered:
        nobody is locked out by whoever else is behind it."""
        _hold(self._wrong.take(address), "too many invalid keys from this address")


def place(address: str) -> str:
    """Whom an address stands for: of IPv6 the network of 64 bits, all of which one customer has."""
    if ":" not in address:
        return address
    try:
        return str(IPv6Network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address


def _hold(wait_s: int, message: str) -> None:
    if wait_s:
        raise TooManyRequests(message, hint=f"come back in {wait_s} s", retry_s=wait_s)
