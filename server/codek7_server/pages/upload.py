"""`/upload`: bringing media in."""

from __future__ import annotations

from litestar import Response, get
from litestar.response import Redirect

from codek7_server.access import authorise
from codek7_server.identity import Identity
from codek7_server.live import Served
from codek7_server.pages import words
from codek7_server.pages.rendering import page


@get("/upload", include_in_schema=False)
async def upload(identity: Identity, live: Served) -> Response[str] | Redirect:
    """For those who may; whoever did not say who they are is asked to."""
    if not identity.id:
        return Redirect("/sign-in?next=/upload", status_code=303)
    authorise(identity, "asset:upload")
    limit = live.settings.uploads.max_bytes
    return page("upload.html", identity, here="upload", limit=words.size(limit) if limit else "")
