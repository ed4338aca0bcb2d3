"""A cache of bounded size that forgets what was not used for longest. For one thread: the event loop's."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Lru(Generic[K, V]):
    """Values with what each weighs, in bytes. What weighs more than a quarter of all is not kept."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: K) -> V | None:
        """The value, which becomes the one used last."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size_bytes: int) -> None:
        """Keep a value, in the place of any other of this key."""
        self.drop(key)
        if size_bytes * 4 > self._limit_bytes:
            return
        self._held[key] = (value, size_bytes)
        self.size_bytes += size_bytes
        while self.size_bytes > self._limit_bytes:
            _, (_, freed) = self._held.popitem(last=False)
            self.size_bytes -= freed

    def drop(self, key: K) -> None:
        """Forget a key, where it is known."""
        _, freed = self._held.pop(key, (None, 0))
        self.size_bytes -= freed
