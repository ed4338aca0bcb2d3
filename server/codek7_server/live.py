"""The live objects of a running server; all else is values."""

from __future__ import annotations

from typing import NamedTuple

from codek7.core.settings import Server
from codek7.hub import Hub


class Live(NamedTuple):
    """What the parts of a server share."""

    hub: Hub

    @property
    def settings(self) -> Server:
        """The server's own settings."""
        return self.hub.settings.server
