"""What the server is put together from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, NamedTuple


class Part(NamedTuple):
    """One part of the server: its route handlers, and what runs as long as the server does."""

    routes: Sequence[Any] = ()
    running: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
