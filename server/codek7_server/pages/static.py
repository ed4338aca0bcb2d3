"""The bundle's files. A name says the content, so browsers keep them for ever."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from codek7.core.errors import AssetNotFound
from codek7_server.pages.bundle import bundle

FOR_EVER = "public, max-age=31536000, immutable"


@get("/static/{name:str}", include_in_schema=False)
async def static(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """One file, in gzip for those who take it."""
    built = bundle()
    file = built.files.get(name) if built else None
    if file is None:
        raise AssetNotFound(f"there is no file {name!r}", hint="reload the page")
    headers = {
        "Cache-Control": FOR_EVER,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if file.squeezed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.squeezed, media_type=file.media_type, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
