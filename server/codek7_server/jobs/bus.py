"""What happens, told to whoever listens in this process."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress

from codek7.core.events import Told

MAX_WAITING = 10_000
"""Events that a listener may be behind; then it is dropped, and has to catch up from the history."""


class Bus:
    """Passes events on, in the order in which they were committed. Safe to tell from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()
        self._closed = False

    def close(self) -> None:
        """End all who listen: the server stops. Whoever begins to listen then hears nothing. Called from the
        event loop."""
        self._closed = True
        for listener in self._listeners:
            listener.end()

    def tell(self, news: Sequence[Told]) -> None:
        """To everyone who listens now. Never waits."""
        if news:
            for listener in self._listeners:
                listener.hear(news)

    @contextmanager
    def listen(self) -> Iterator[Listener]:
        """All events from now on, within an event loop: `async for told in listener`."""
        listener = Listener()
        with self._lock:
            self._listeners = (*self._listeners, listener)
        if self._closed:
            listener.end()
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)


class Listener:
    """Events that wait for one listener. It `ended` when the server stops, or when it was too slow, which
    `lagged` says."""

    def __init__(self) -> None:
        self.lagged = False
        self.ended = False
        self._loop = asyncio.get_running_loop()
        self._there = asyncio.Event()
        self._waiting: deque[Told] = deque()

    def hear(self, news: Sequence[Told]) -> None:
        """Called from any thread."""
        with suppress(RuntimeError):  # its loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._take, news)

    def _take(self, news: Sequence[Told]) -> None:
        if self.ended:
            return
        self._waiting.extend(news)
        if len(self._waiting) > MAX_WAITING:
            self.lagged = True
            self._waiting.clear()
            self.end()
        self._there.set()

    def end(self) -> None:
        """Nothing more is heard."""
        self.ended = True
        self._there.set()

    async def next(self, timeout_s: float) -> Told | None:
        """The next event, or None where none comes in time, or none comes any more."""
        if not self._waiting and not self.ended:
            self._there.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._there.wait(), timeout_s)
        return self._waiting.popleft() if self._waiting else None

    async def __aiter__(self) -> AsyncIterator[Told]:
        while not self.ended:
            told = await self.next(3600)
            if told is not None:
                yield told
