"""An upload that goes on, and what becomes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from codek7.core.assets import Asset, Visibility
from codek7_server.uploads.incoming import Incoming
from codek7_server.uploads.record import Upload
from codek7_server.uploads.stored import Stored


def now_us() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1000


class TakeIn(Protocol):
    """Makes an asset of a whole file, which it moves away. With an `asset_id` that there is already, nothing
    is done twice."""

    async def __call__(
        self,
        path: Path,
        *,
        filename: str,
        title: str,
        visibility: Visibility,
        owner: str,
        sha256: str,
        size_bytes: int,
        policy: str = "",
        metadata: Mapping[str, str] = {},
        asset_id: str = "",
    ) -> Asset: ...


class Going:
    """An upload that is not over: its record, its bytes, and who writes to it now."""

    def __init__(self, upload: Upload, stored: Stored) -> None:
        self.upload = upload
        self.stored = stored
        self.lock = asyncio.Lock()
        self.incoming: Incoming | None = None
        self.hashing: asyncio.Future[None] | None = None
        self.active_us = now_us()

    @property
    def complete(self) -> bool:
        """Whether every byte is here, noted or not: a server may have been killed right after the last."""
        size = self.upload.size_bytes
        return self.upload.state == "whole" or (self.upload.state == "open" and self.stored.size == size)
