"""The pages' routes."""

from __future__ import annotations

import logging

from codek7_server.live import Live
from codek7_server.pages.bundle import bundle
from codek7_server.pages.library import library
from codek7_server.pages.signing_in import sign_in
from codek7_server.pages.static import static
from codek7_server.pages.upload import upload
from codek7_server.pages.watch import watch
from codek7_server.part import Part

log = logging.getLogger("codek7.server")


def part(_: Live) -> Part:
    """Answered with "not built" where they are not."""
    if bundle() is None:
        log.warning("the pages are not built: run `make pages` in a checkout, then start the server again")
    return Part(routes=[library, watch, upload, sign_in, static])
