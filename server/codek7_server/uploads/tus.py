"""The words of the tus protocol, 1.0.0: headers in, values out. https://tus.io/protocols/resumable-upload"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Collection, Mapping
from email.utils import formatdate
from typing import Any, NamedTuple, get_args

from codek7.core.assets import Visibility, clean_title
from codek7.core.edits import clean_edit
from codek7.core.errors import (
    PolicyUnknown,
    ProtocolVersionWrong,
    UploadError,
    UploadTooBig,
    UploadTypeWrong,
)
from codek7_server.jobs.intake import edit_of
from codek7_server.uploads.record import Said

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
CONTENT_TYPE = "application/offset+octet-stream"
ALGORITHMS: dict[str, Callable[[], Any]] = {
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "md5": lambda: hashlib.md5(usedforsecurity=False),
}
MORE = ("description", "tags", "language", "category")
MAX_METADATA = 16_384
MAX_FILENAME = 255


class Checksum(NamedTuple):
    """Of a request's body."""

    algorithm: str
    digest: bytes


def check_version(headers: Mapping[str, str]) -> None:
    """Raises `ProtocolVersionWrong`."""
    said = headers.get("tus-resumable", "")
    if said != VERSION:
        raise ProtocolVersionWrong(
            f"Tus-Resumable is {said[:20]!r}" if said else "the header Tus-Resumable is missing",
            hint=f"send Tus-Resumable: {VERSION}",
        )


def check_type(headers: Mapping[str, str]) -> None:
    """Raises `UploadTypeWrong`."""
    said = headers.get("content-type", "").partition(";")[0].strip().lower()
    if said != CONTENT_TYPE:
        raise UploadTypeWrong(
            f"the body is said to be {said[:80]!r}" if said else "nothing says what the body is",
            hint=f"send Content-Type: {CONTENT_TYPE}",
        )


def number(headers: Mapping[str, str], name: str) -> int:
    """A header that has to be a number of bytes. Raises `UploadError`, `UploadTooBig`."""
    said = headers.get(name.lower(), "")
    if not (said.isascii() and said.isdigit()):
        raise UploadError(
            f"the header {name} is {said[:40]!r}" if said else f"the header {name} is missing",
            hint="it is a number of bytes in decimal digits",
        )
    if len(said) > 18:
        raise UploadTooBig(f"the header {name} is beyond all limits", hint="send less")
    return int(said)


def checksum(headers: Mapping[str, str]) -> Checksum | None:
    """The header Upload-Checksum. Raises `UploadError` (400) for algorithms that we do not know."""
    said = headers.get("upload-checksum", "")
    if not said:
        return None
    algorithm, _, encoded = said.partition(" ")
    if algorithm not in ALGORITHMS:
        raise UploadError(
            f"checksums by {algorithm[:20]!r} are not known here", hint=f"one of {', '.join(ALGORITHMS)}"
        )
    return Checksum(algorithm, _decoded(encoded, "Upload-Checksum"))


def metadata(header: str) -> dict[str, str]:
    """Upload-Metadata, decoded. Raises `UploadError`."""
    if len(header) > MAX_METADATA:
        raise UploadError(f"Upload-Metadata is longer than {MAX_METADATA} characters", hint="say less")
    found: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else []:
        key, _, value = pair.strip().partition(" ")
        if not key or key in found:
            raise UploadError(
                f"Upload-Metadata names {key[:40]!r} twice, or nothing", hint="name each key once"
            )
        try:
            found[key] = _decoded(value, "Upload-Metadata").decode()
        except UnicodeDecodeError:
            raise UploadError(
                f"{key[:40]!r} in Upload-Metadata is not UTF-8", hint="encode it as such"
            ) from None
    return found


def encode_metadata(said: Mapping[str, str]) -> str:
    """The header for these."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


def said_of(told: Mapping[str, str], policies: Collection[str]) -> Said:
    """What was told of an upload, checked before its bytes come. Keys that mean nothing here are left out.
    Raises `UploadError`, `PolicyUnknown`, and `UsageError` for texts that no asset may have."""
    visibility = told.get("visibility") or "public"
    if visibility not in get_args(Visibility):
        raise UploadError(
            f"visibility is {visibility[:40]!r}", hint=f"one of {', '.join(get_args(Visibility))}"
        )
    policy = told.get("policy", "")
    if policy and policy not in policies:
        raise PolicyUnknown(
            f"there is no policy {policy[:80]!r}", hint=f"there are {', '.join(sorted(policies))}"
        )
    name = told.get("filename") or told.get("name") or ""  # Uppy says `name`
    filename = clean_title(name.replace("\\", "/").rpartition("/")[2])[:MAX_FILENAME]
    more = {name: told[name] for name in MORE if told.get(name)}
    clean_edit(edit_of(more))
    return Said(
        filename=filename,
        title=clean_title(told.get("title") or ""),
        visibility=visibility,  # type: ignore[arg-type]  # one of them, as just checked
        policy=policy,
        more=more,
    )


def told_of(said: Said) -> dict[str, str]:
    """The other way round, for those who ask about their upload."""
    told = {"filename": said.filename, "title": said.title, "visibility": said.visibility}
    return {name: value for name, value in {**told, "policy": said.policy, **said.more}.items() if value}


def expires(at_us: int) -> str:
    """Upload-Expires: a time as HTTP writes it."""
    return formatdate(at_us / 1_000_000, usegmt=True)


def _decoded(encoded: str, header: str) -> bytes:
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise UploadError(f"{header} holds what is not Base64", hint="encode each value in Base64") from None
