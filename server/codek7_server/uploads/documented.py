"""The protocol's headers and statuses, said in the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)

from codek7.core.errors import (
    ChecksumMismatch,
    DiskFull,
    MediaRefused,
    PolicyUnknown,
    ProtocolVersionWrong,
    QuotaReached,
    UploadConflict,
    UploadGone,
    UploadLocked,
    UploadNotFound,
    UploadStalled,
    UploadTooBig,
    UploadTypeWrong,
)
from codek7_server.declaring import fails_with
from codek7_server.uploads.tus import CONTENT_TYPE, VERSION

_RECEIVING = (
    ProtocolVersionWrong, UploadTypeWrong, UploadStalled, UploadTooBig, QuotaReached, DiskFull, MediaRefused,
    ChecksumMismatch, UploadLocked, UploadConflict, PolicyUnknown,
)  # fmt: skip
CREATED = fails_with(*_RECEIVING)
CONTINUED = fails_with(*_RECEIVING, UploadNotFound, UploadGone)
LOOKED = fails_with(ProtocolVersionWrong, UploadNotFound, UploadGone)
ENDED = LOOKED
FORM = fails_with(
    UploadTypeWrong, UploadStalled, UploadTooBig, QuotaReached, DiskFull, MediaRefused, PolicyUnknown
)

_BYTES = RequestBody(
    content={
        CONTENT_TYPE: OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
    },
    description="Bytes of the file.",
)


def _header(name: str, about: str, schema: Schema, *, required: bool = True) -> Parameter:
    return Parameter(name=name, param_in="header", required=required, schema=schema, description=about)


_RESUMABLE = _header(
    "Tus-Resumable", "The protocol's version.", Schema(type=OpenAPIType.STRING, const=VERSION)
)
_NUMBER = Schema(type=OpenAPIType.STRING, pattern="^[0-9]{1,18}$")
_OFFSET = _header("Upload-Offset", "Where these bytes begin.", _NUMBER)
_LENGTH = _header("Upload-Length", "How many bytes the file has.", _NUMBER)
_METADATA = _header(
    "Upload-Metadata",
    "Pairs of a key and a value in Base64, separated by commas.",
    Schema(type=OpenAPIType.STRING),
    required=False,
)
_CHECKSUM = _header(
    "Upload-Checksum",
    "sha1, sha256 or md5, a space, and the digest of this request's body in Base64.",
    Schema(type=OpenAPIType.STRING),
    required=False,
)


@dataclass
class TusOperation(Operation):
    """Any request of the protocol."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or []), _RESUMABLE]


@dataclass
class BeginOperation(Operation):
    """The one that begins an upload."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or []), _RESUMABLE, _LENGTH, _METADATA, _CHECKSUM]
        self.request_body = _BYTES


@dataclass
class GoOnOperation(Operation):
    """The one that sends bytes."""

    def __post_init__(self) -> None:
        self.parameters = [*(self.parameters or []), _RESUMABLE, _OFFSET, _CHECKSUM]
        self.request_body = _BYTES


def form_body(properties: dict[str, Any]) -> RequestBody:
    """A form with a file."""
    schema = Schema(type=OpenAPIType.OBJECT, properties=properties, required=["file"])
    return RequestBody(content={"multipart/form-data": OpenAPIMediaType(schema=schema)}, required=True)
