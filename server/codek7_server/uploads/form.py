"""One file sent as a form (RFC 7578): streamed to the disk, never held whole in memory, not resumable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import Message
from typing import Any

from litestar import Request, Response, post
from litestar.openapi.spec import OpenAPIFormat, OpenAPIType, Operation, Schema
from multipart import MultipartError, MultipartSegment, PushMultipartParser

from codek7.core.errors import UploadError, UploadTypeWrong
from codek7_server.access import authorise
from codek7_server.declaring import KEY
from codek7_server.identity import Identity
from codek7_server.live import Live, Served
from codek7_server.uploads.documented import FORM, form_body
from codek7_server.uploads.going import Going, now_us
from codek7_server.uploads.incoming import Gone, Incoming
from codek7_server.uploads.intake import in_thread
from codek7_server.uploads.record import Upload
from codek7_server.uploads.room import check_size
from codek7_server.uploads.stored import BLOCK_BYTES
from codek7_server.uploads.tus import MORE, said_of
from codek7_server.uploads.views import UploadView, show

FIELDS = ("title", "visibility", "policy", *MORE)
MAX_FIELD = 16_384
MAX_PARTS = 20
OVERHEAD = 65_536
"""What a form has besides its file."""


@dataclass
class FormOperation(Operation):
    """The form."""

    def __post_init__(self) -> None:
        text = Schema(type=OpenAPIType.STRING)
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY, description="The media file.")
        self.request_body = form_body({"file": file} | dict.fromkeys(FIELDS, text))


@post(
    "/api/assets",
    status_code=201,
    request_max_body_size=None,
    tags=["uploads"],
    operation_id="uploadForm",
    operation_class=FormOperation,
    responses=FORM,
    security=KEY,
)
async def send_form(
    request: Request[Any, Any, Any], identity: Identity, live: Served
) -> Response[UploadView]:
    """A small file at once, with what is said of it (title, visibility, description, tags, language,
    category, policy). Large ones go to /api/uploads, where they can be resumed. `Location` is the asset."""
    authorise(identity, "asset:upload")
    boundary = _boundary(request)
    most = live.settings.uploads.form_max_bytes
    announced = _announced(request, most)
    going = await live.uploads.begin(identity.id, said_of({}, ()), None, kind="form", at_most=announced)
    try:
        upload = await _take(going, live, Incoming(request), boundary, most)
    except BaseException as error:
        if going.upload.state == "open":
            await live.uploads.end(going.upload)
        if isinstance(error, MultipartError):
            raise UploadError(f"the form cannot be read: {error}", hint="send multipart/form-data") from None
        if isinstance(error, Gone):
            raise UploadError("the form broke off", hint="send it again, or use /api/uploads") from None
        raise
    asset = upload.asset_id
    headers = {"Location": f"/api/assets/{asset}", "Codek7-Asset": asset}
    return Response(show(live.uploads, upload), status_code=201, headers=headers)


async def _take(going: Going, live: Live, incoming: Incoming, boundary: str, most: int) -> Upload:
    told, seen = dict[str, str](), False
    async with going.lock:
        async for name, filename, block in _parts(incoming, boundary):
            if name == "file":
                if not seen:
                    told["filename"], seen = filename, True
                check_size(going.stored.size + len(block), most)
                await live.uploads.append(going, block)
            elif name in FIELDS:
                told[name] = told.get(name, "") + block.decode(errors="replace")
                if len(told[name]) > MAX_FIELD:
                    raise UploadError(
                        f"the field {name} is longer than {MAX_FIELD} characters", hint="say less"
                    )
    if not seen:
        raise UploadError("the form has no file", hint="send it as the field `file`")
    await in_thread(live.uploads.describe, going, said_of(told, live.hub.hooks.policies()))
    going.active_us = now_us()
    return await live.uploads.finish(going)


async def _parts(incoming: Incoming, boundary: str) -> AsyncIterator[tuple[str, str, bytes]]:
    """Field, filename and bytes, in blocks. Raises `MultipartError`."""
    part: MultipartSegment | None = None
    held = bytearray()
    with PushMultipartParser(boundary, max_segment_count=MAX_PARTS, strict=True) as parser:
        async for piece in incoming.pieces():
            for event in parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    part = event
                elif event:
                    held += event
                if part is not None and (event is None or len(held) >= BLOCK_BYTES):
                    yield part.name, part.filename or "", bytes(held)
                    held.clear()


def _boundary(request: Request[Any, Any, Any]) -> str:
    said = Message()
    said["Content-Type"] = request.headers.get("content-type", "")
    boundary = said.get_boundary()
    if said.get_content_type() != "multipart/form-data" or not boundary:
        raise UploadTypeWrong("the body is no form", hint="send multipart/form-data, or use /api/uploads")
    return str(boundary)


def _announced(request: Request[Any, Any, Any], most: int) -> int:
    said = request.headers.get("content-length", "")
    size = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
    check_size(size, most + OVERHEAD if most else 0)
    return size
