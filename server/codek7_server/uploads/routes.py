"""tus 1.0 at /api/uploads: https://tus.io/protocols/resumable-upload"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, Router, delete, get, head, patch, post, route
from litestar.enums import HttpMethod, MediaType
from litestar.exceptions import HTTPException

from codek7.core.errors import Codek7Error, UploadError, UploadGone, UploadNotFound
from codek7_server import problems
from codek7_server.access import authorise, may
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity
from codek7_server.live import Live, Served
from codek7_server.uploads import tus
from codek7_server.uploads.documented import (
    CONTINUED,
    CREATED,
    ENDED,
    LOOKED,
    BeginOperation,
    GoOnOperation,
    TusOperation,
)
from codek7_server.uploads.incoming import Gone, Incoming
from codek7_server.uploads.intake import Uploads
from codek7_server.uploads.record import Upload
from codek7_server.uploads.views import BASE, UploadView, described, headers_of, show

Asked = Request[Any, Any, Any]


@route(BASE, http_method=[HttpMethod.OPTIONS], status_code=204, operation_id="uploadAbilities")
async def abilities(live: Served) -> Response[None]:
    """The protocol's version, extensions and limits."""
    return Response(None, status_code=204, headers=_abilities(live))


@route(BASE + "/{upload_id:str}", http_method=[HttpMethod.OPTIONS], status_code=204, include_in_schema=False)
async def abilities_of_one(live: Served, upload_id: str) -> Response[None]:
    """As of all."""
    return Response(None, status_code=204, headers=_abilities(live))


@post(
    BASE,
    status_code=201,
    request_max_body_size=None,
    responses=CREATED,
    operation_class=BeginOperation,
    operation_id="beginUpload",
    security=KEY,
)
async def begin(request: Asked, identity: Identity, live: Served) -> Response[None]:
    """Say how long it is (`Upload-Length`) and what (`Upload-Metadata`: filename, title, visibility,
    description, tags, language, category, policy); the answer's `Location` takes the bytes. A body, if there
    is one, is the first of them."""
    tus.check_version(request.headers)
    authorise(identity, "asset:upload")
    if "upload-defer-length" in request.headers:
        raise UploadError("uploads of unknown length are not taken", hint="send Upload-Length")
    size = tus.number(request.headers, "Upload-Length")
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    if has_body:
        tus.check_type(request.headers)
    checksum = tus.checksum(request.headers) if has_body else None
    policies = live.hub.hooks.policies()
    said = tus.said_of(tus.metadata(request.headers.get("upload-metadata", "")), policies)
    going = await live.uploads.begin(identity.id, said, size)
    upload, offset = going.upload, 0
    if has_body or not size:  # an empty file is refused like any that holds no media
        body, length = Incoming(request), _length(request)
        upload = await live.uploads.receive(going, body, offset=0, length=length, checksum=checksum)
        offset = await live.uploads.offset_of(upload)
    headers = headers_of(live.uploads, upload, offset, going)
    return _empty(201, headers | {"Location": f"{BASE}/{upload.id}"})


@head(
    BASE + "/{upload_id:str}",
    responses=LOOKED,
    operation_class=TusOperation,
    operation_id="lookAtUpload",
    security=KEY,
)
async def look(request: Asked, identity: Identity, live: Served, upload_id: str) -> Response[None]:
    """`Upload-Offset` is what is on disk. `Codek7-Asset` says what it became once it is complete."""
    tus.check_version(request.headers)
    upload = await live.uploads.made_of(_find(live.uploads, identity, upload_id))
    if upload.state in ("refused", "ended", "expired"):
        live.uploads.going(upload_id)  # says what became of it
    offset = await live.uploads.offset_of(upload)
    going = live.uploads.going(upload_id) if upload.state == "open" else None
    return _empty(200, headers_of(live.uploads, upload, offset, going) | described(upload))


@get(BASE + "/{upload_id:str}", responses=fails_with(UploadNotFound), operation_id="getUpload", security=KEY)
async def read(identity: Identity, live: Served, upload_id: str) -> UploadView:
    """What became of it, for programs that do not speak tus."""
    return show(live.uploads, await live.uploads.made_of(_find(live.uploads, identity, upload_id)))


@patch(
    BASE + "/{upload_id:str}",
    status_code=204,
    request_max_body_size=None,
    responses=CONTINUED,
    operation_class=GoOnOperation,
    operation_id="continueUpload",
    security=KEY,
)
async def go_on(request: Asked, identity: Identity, live: Served, upload_id: str) -> Response[None]:
    """Bytes from `Upload-Offset` on, checked against `Upload-Checksum` where it is sent. They are on disk
    when this answers; after the last one the answer names the asset."""
    tus.check_version(request.headers)
    tus.check_type(request.headers)
    offset = tus.number(request.headers, "Upload-Offset")
    checksum = tus.checksum(request.headers)
    upload = _find(live.uploads, identity, upload_id)
    authorise(identity, "upload:continue", upload)
    going = live.uploads.going(upload_id)
    body, length = Incoming(request), _length(request)
    upload = await live.uploads.receive(going, body, offset=offset, length=length, checksum=checksum)
    reached = await live.uploads.offset_of(upload)
    return Response(None, status_code=204, headers=headers_of(live.uploads, upload, reached, going))


@delete(
    BASE + "/{upload_id:str}",
    status_code=204,
    responses=ENDED,
    operation_class=TusOperation,
    operation_id="endUpload",
    security=KEY,
)
async def end(request: Asked, identity: Identity, live: Served, upload_id: str) -> Response[None]:
    """What came of it is removed. Assets are removed as assets."""
    tus.check_version(request.headers)
    upload = _find(live.uploads, identity, upload_id)
    authorise(identity, "upload:remove", upload)
    await live.uploads.end(live.uploads.going(upload_id).upload)
    return Response(None, status_code=204, headers={"Tus-Resumable": tus.VERSION})


@post(BASE + "/{upload_id:str}", request_max_body_size=None, include_in_schema=False)
async def overridden(request: Asked, identity: Identity, live: Served, upload_id: str) -> Response[None]:
    """Where something on the way knows neither PATCH nor DELETE: X-HTTP-Method-Override."""
    meant = {"PATCH": go_on, "DELETE": end, "HEAD": look}.get(
        request.headers.get("x-http-method-override", "").upper()
    )
    if meant is None:
        raise HTTPException(
            status_code=405,
            detail="POST begins uploads; send X-HTTP-Method-Override to mean another",
            headers={"Allow": "DELETE, GET, HEAD, OPTIONS, PATCH"},
        )
    answer: Response[None] = await meant.fn(request, identity, live, upload_id)
    return answer


def _find(uploads: Uploads, identity: Identity, upload_id: str) -> Upload:
    """Somebody else's is not there. Raises `UploadNotFound`, `Unauthenticated`."""
    if not identity.id:
        authorise(identity, "asset:upload")
    upload = uploads.find(upload_id)
    if not may(identity, "upload:remove", upload):
        raise UploadNotFound("there is no such upload", hint="begin a new one")
    return upload


def _length(request: Asked) -> int | None:
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else None


def _empty(status: int, headers: dict[str, str]) -> Response[None]:
    """Without a body; the framework would write `null`."""
    empty: Response[Any] = Response(b"", status_code=status, headers=headers, media_type=MediaType.TEXT)
    return empty


def _abilities(live: Live) -> dict[str, str]:
    most = live.settings.uploads.max_bytes
    return {
        "Tus-Resumable": tus.VERSION,
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
    } | ({"Tus-Max-Size": str(most)} if most else {})


def _refused(request: Asked, error: Codek7Error) -> Response[Any]:
    """As everywhere, with the protocol's own headers."""
    answer: Response[Any] = problems.ours(request, error)
    answer.headers["Tus-Resumable"] = tus.VERSION
    if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
        answer.headers["Tus-Version"] = tus.VERSION
    if isinstance(error, UploadGone | UploadNotFound):
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _left(_: Asked, __: Gone) -> Response[None]:
    """Nobody reads this: the client is gone. What it sent is kept."""
    return _empty(400, {})


ROUTER = Router(
    path="/",
    route_handlers=[abilities, abilities_of_one, begin, look, read, go_on, end, overridden],
    exception_handlers={Codek7Error: _refused, Gone: _left},
    tags=["uploads"],
)
