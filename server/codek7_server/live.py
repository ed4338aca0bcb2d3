"""The live objects of a running server; all else is values."""

from __future__ import annotations

from typing import NamedTuple

from litestar.params import SkipValidation

from codek7.core.settings import Server
from codek7.hub import Hub
from codek7_server.access.live import Access
from codek7_server.delivery.app import Delivery
from codek7_server.delivery.tokens import Tokens
from codek7_server.imports.running import Imports
from codek7_server.jobs.bus import Bus
from codek7_server.jobs.live import Jobs
from codek7_server.library.live import Library
from codek7_server.operation.metrics import Metrics
from codek7_server.playback.collecting import Collecting
from codek7_server.uploads.intake import Uploads
from codek7_server.webhooks.telling import Telling


class Live(NamedTuple):
    """What the parts of a server share."""

    hub: Hub
    bus: Bus
    jobs: Jobs
    library: Library
    tokens: Tokens
    delivery: Delivery
    access: Access
    metrics: Metrics
    uploads: Uploads
    imports: Imports
    webhooks: Telling
    playback: Collecting

    @property
    def settings(self) -> Server:
        """The server's own settings."""
        return self.hub.settings.server


Served = SkipValidation[Live]
"""The type of the argument `live`, which any route may take."""
