"""What the API says of an upload, and the headers of the protocol that say the same."""

from __future__ import annotations

from typing import Any

import msgspec

from codek7_server.uploads.going import Going
from codek7_server.uploads.intake import Uploads
from codek7_server.uploads.record import State, Upload
from codek7_server.uploads.tus import VERSION, encode_metadata, expires, told_of

BASE = "/api/uploads"


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why something came to nothing."""

    code: str
    detail: str
    hint: str = ""


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as `GET /api/uploads/{id}` shows it. `asset` is empty until there is one."""

    id: str
    state: State
    offset: int
    size_bytes: int | None
    filename: str
    title: str
    asset: str
    created_us: int
    trouble: Trouble | None = None


def show(uploads: Uploads, upload: Upload) -> UploadView:
    """As its owner may see it."""
    return UploadView(
        id=upload.id,
        state=upload.state,
        offset=uploads.received(upload),
        size_bytes=upload.size_bytes,
        filename=upload.said.filename,
        title=upload.said.title,
        asset=asset_of(upload),
        created_us=upload.created_us,
        trouble=trouble_of(upload),
    )


def asset_of(upload: Upload) -> str:
    """The asset that it became."""
    return upload.asset_id if upload.state == "taken" else ""


def trouble_of(upload: Upload) -> Trouble | None:
    """None where all is well."""
    return Trouble(code=upload.code, detail=upload.reason, hint=upload.hint) if upload.code else None


def headers_of(uploads: Uploads, upload: Upload, offset: int, going: Going | None = None) -> dict[str, str]:
    """Where the upload is, and what it became."""
    headers = {"Tus-Resumable": VERSION, "Upload-Offset": str(offset), "Cache-Control": "no-store"}
    if going is not None and upload.state == "open":
        headers["Upload-Expires"] = expires(uploads.expires_us(going))
    if asset := asset_of(upload):
        headers |= {"Codek7-Asset": asset, "Location": f"/api/assets/{asset}"}
    return headers


def described(upload: Upload) -> dict[str, Any]:
    """What was said at the beginning."""
    said = {"Upload-Metadata": encode_metadata(told_of(upload.said))}
    if upload.size_bytes is not None:
        said["Upload-Length"] = str(upload.size_bytes)
    return said
