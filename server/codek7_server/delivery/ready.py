"""Answers that were given before and can be given again as they are: playlists, asked for without conditions.

Everybody who watches asks for the same playlists at the same addresses. What is kept here is good only for
the very address, while its token is, the keys are the same, and the object's file is the same one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from codek7_server.delivery.cache import Lru
from codek7_server.delivery.objects import ENTRY_BYTES, Found

HARMLESS = frozenset((b"accept-encoding", b"origin"))
"""What a request may say without changing more of the answer than its coding."""


class Ready(NamedTuple):
    """An answer's two messages. `keys` tells which keys its token was verified with."""

    found: Found
    until_s: int
    keys: object
    start: Any
    body: Any
    head: bytes


class ReadyAnswers:
    """By address and whether gzip is wanted."""

    def __init__(self, limit_bytes: int) -> None:
        self._answers: Lru[tuple[str, bool], Ready] = Lru(limit_bytes)

    def get(
        self, path: str, heard: Mapping[bytes, bytes], *, gzip: bool, now_s: float, keys: object
    ) -> Ready | None:
        """The answer, if nothing but the object's file has to be looked at."""
        ready = self._answers.get((path, gzip))
        if ready is None or not heard.keys() <= HARMLESS:
            return None
        return ready if ready.keys is keys and now_s <= ready.until_s else None

    def keep(self, path: str, ready: Ready, *, gzip: bool) -> None:
        """Give this answer again."""
        self._answers.put((path, gzip), ready, ENTRY_BYTES + len(ready.body["body"]))
