"""/api/imports: bringing media in by its URL."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from litestar import Controller, Response, delete, get, post

from codek7.core.assets import Visibility
from codek7.core.errors import AddressRefused, PolicyUnknown, QuotaReached, UploadNotFound, UploadTooBig
from codek7_server.access import authorise, may, sees_all
from codek7_server.declaring import KEY, fails_with
from codek7_server.identity import Identity
from codek7_server.live import Live, Served
from codek7_server.outbound.guard import MAX_URL
from codek7_server.uploads.record import Upload
from codek7_server.uploads.tus import MAX_METADATA, said_of
from codek7_server.uploads.views import Trouble, asset_of, trouble_of

Text = Annotated[str, msgspec.Meta(max_length=MAX_METADATA)]
ImportState = Literal["fetching", "done", "failed", "cancelled"]
_STATES: dict[str, ImportState] = {
    "open": "fetching", "whole": "fetching", "taken": "done", "ended": "cancelled", "refused": "failed",
    "expired": "failed",
}  # fmt: skip


class NewImport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the media is, and what is said of it."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_URL)]
    title: Text = ""
    visibility: Visibility = "public"
    policy: Text = ""
    description: Text = ""
    tags: Text = ""
    language: Text = ""
    category: Text = ""


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """An import. `size_bytes` is null until the other server says; `asset` is empty until there is one."""

    id: str
    url: str
    state: ImportState
    received_bytes: int
    size_bytes: int | None
    asset: str
    created_us: int
    trouble: Trouble | None = None


class ImportList(msgspec.Struct, frozen=True, kw_only=True):
    """Imports, the newest first; those that have been over for a day or more are left out."""

    items: list[ImportView]


class ImportRoutes(Controller):
    """Imports of whoever asks; of all, for moderators."""

    path = "/api/imports"
    tags = ["uploads"]  # noqa: RUF012  # as the framework declares it
    security = KEY

    @post(
        "/",
        status_code=202,
        operation_id="beginImport",
        responses=fails_with(AddressRefused, PolicyUnknown, UploadTooBig, QuotaReached),
    )
    async def begin(self, identity: Identity, live: Served, data: NewImport) -> Response[ImportView]:
        """Fetch a file and make an asset of it, in the background. Only public addresses are asked."""
        authorise(identity, "asset:upload")
        told = {name: str(value) for name, value in msgspec.structs.asdict(data).items() if name != "url"}
        said = said_of(told, live.hub.hooks.policies())
        upload = await live.imports.begin(identity.id, data.url, said)
        return Response(
            _show(live, upload), headers={"Location": f"/api/imports/{upload.id}"}, status_code=202
        )

    @get("/", operation_id="listImports")
    async def every(self, identity: Identity, live: Served) -> ImportList:
        """What is fetched now, and what became of it since yesterday."""
        authorise(identity, "asset:upload")
        found = [
            upload
            for upload in live.uploads.every_upload()
            if upload.kind == "import" and (sees_all(identity) or upload.owner == identity.id)
        ]
        found.sort(key=lambda upload: (upload.created_us, upload.id), reverse=True)
        return ImportList(items=[_show(live, upload) for upload in found[:1000]])

    @get("/{import_id:str}", operation_id="getImport", responses=fails_with(UploadNotFound))
    async def one(self, identity: Identity, live: Served, import_id: str) -> ImportView:
        """How far it is, and what became of it."""
        return _show(live, _find(live, identity, import_id))

    @delete("/{import_id:str}", operation_id="cancelImport", responses=fails_with(UploadNotFound))
    async def cancel(self, identity: Identity, live: Served, import_id: str) -> None:
        """Stop it; nothing of it stays. One that is over stays as it is."""
        upload = _find(live, identity, import_id)
        authorise(identity, "upload:remove", upload)
        await live.imports.cancel(upload)


def _find(live: Live, identity: Identity, import_id: str) -> Upload:
    authorise(identity, "asset:upload")
    upload = live.uploads.find(import_id)
    if upload.kind != "import" or not (may(identity, "upload:remove", upload) or sees_all(identity)):
        raise UploadNotFound("there is no such import", hint="GET /api/imports lists them")
    return upload


def _show(live: Live, upload: Upload) -> ImportView:
    announced = live.imports.announced.get(upload.id)
    return ImportView(
        id=upload.id,
        url=upload.url.partition("?")[0],  # what follows may be a signature
        state=_STATES[upload.state],
        received_bytes=live.uploads.received(upload),
        size_bytes=announced if upload.size_bytes is None else upload.size_bytes,
        asset=asset_of(upload),
        created_us=upload.created_us,
        trouble=trouble_of(upload),
    )


ROUTES = [ImportRoutes]
