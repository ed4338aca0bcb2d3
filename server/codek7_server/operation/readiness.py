"""Whether the server should be sent work: each thing it needs is looked at, in threads, in bounded time."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from codek7.core.errors import DiskFull
from codek7.hub import Hub

PATIENCE_S = 5.0
GOOD_FOR_S = 1.0
"""So long an answer is given again: being asked often costs nothing."""


class Look(NamedTuple):
    """How something was found at a time: what is wrong with it, else ""."""

    wrong: str
    at_s: float


class Readiness:
    """Looks at what a server needs. A look that hangs is waited for once, however often it is asked for."""

    def __init__(self, checks: Mapping[str, Callable[[], None]]) -> None:
        self._checks = checks
        self._looks: dict[str, Look] = {}
        self._looking: dict[str, asyncio.Task[Look]] = {}

    async def wrong(self) -> dict[str, str]:
        """What is wrong, by the name of the check; empty where the server is ready."""
        found = await asyncio.gather(*(self._look(name) for name in self._checks))
        return {name: wrong for name, wrong in zip(self._checks, found, strict=True) if wrong}

    async def _look(self, name: str) -> str:
        last = self._looks.get(name)
        if last and time.monotonic() - last.at_s < GOOD_FOR_S:
            return last.wrong
        task = self._looking.get(name)
        if task is None or task.done():
            task = self._looking[name] = asyncio.create_task(_looked(self._checks[name]))
        try:
            look = await asyncio.wait_for(asyncio.shield(task), PATIENCE_S)
        except TimeoutError:
            return f"no answer within {PATIENCE_S:g} s"
        self._looks[name] = look
        return look.wrong


async def _looked(check: Callable[[], None]) -> Look:
    try:
        await asyncio.to_thread(check)
    except Exception as error:  # whatever it is, it is not ready
        return Look(str(error) or type(error).__name__, time.monotonic())
    return Look("", time.monotonic())


def checks_of(hub: Hub) -> dict[str, Callable[[], None]]:
    """What the server of a home needs. Each raises what is wrong."""

    def store() -> None:
        hub.store.stat("ready")

    def catalog() -> None:
        hub.catalog.assets(limit=1)

    def disk() -> None:
        keep, free = hub.settings.server.uploads.keep_free_bytes, shutil.disk_usage(hub.home).free
        if free < keep:
            raise DiskFull(f"{free} bytes are free where {keep} are to stay free")

    return {"store": store, "catalog": catalog, "disk": disk}
