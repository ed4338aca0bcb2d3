"""What takes more than one request: generators that yield calls and pauses, and are sent the answers. Whoever
drives them decides how requests are made and time is waited.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from codek7 import api
from codek7.client import calls
from codek7.client.calls import Call
from codek7.core.errors import (
    Codek7Error,
    MediaError,
    NotReady,
    ServerUnreachable,
    TooManyRequests,
    UploadConflict,
    UploadLocked,
    UploadStalled,
)

T = TypeVar("T")

PART_BYTES = 8_000_000
"""Sent in one request."""
LOOK_S = 0.5
TRIES = 8
"""Failures in a row, without a byte between, after which it is given up: about a minute."""
_PASSING = (ServerUnreachable, NotReady, TooManyRequests, UploadConflict, UploadLocked, UploadStalled)
UNFINISHED = ("queued", "working")

OnProgress = Callable[[float], None]
OnBytes = Callable[[int, int], None]


class Pause(NamedTuple):
    """Nothing for so long."""

    seconds: float


Flow = Generator[Call[Any] | Pause, Any, T]


def every_job(states: tuple[str, ...], asset_id: str) -> Flow[list[api.JobView]]:
    """All pages of jobs."""
    found: list[api.JobView] = []
    cursor: str | None = ""
    while cursor is not None:
        page: api.JobPage = yield calls.list_jobs(states, asset_id, cursor)
        found += page.items
        cursor = page.next
    return found


def wait(asset_id: str, on_progress: OnProgress | None) -> Flow[api.AssetView]:
    """Until an asset is published, held, refused or has failed."""
    told = -1.0
    while True:
        asset: api.AssetView = yield calls.get_asset(asset_id)
        if on_progress and asset.progress > told:
            told = asset.progress
            on_progress(told)
        if asset.state not in UNFINISHED:
            return asset
        yield Pause(LOOK_S)


def import_url(url: str, said: Mapping[str, str], on_bytes: OnBytes | None) -> Flow[str]:
    """The asset's id, once the server has the file. Raises what kept it from fetching it."""
    going: api.ImportView = yield calls.begin_import(url, said)
    while going.state == "fetching":
        yield Pause(LOOK_S)
        going = yield calls.get_import(going.id)
        if on_bytes:
            on_bytes(going.received_bytes, going.size_bytes or 0)
    if going.state != "done":
        trouble = going.trouble or api.Trouble(code="media", detail=f"the import is {going.state}")
        raise MediaError(trouble.detail, hint=trouble.hint)
    return going.asset


def upload(
    path: Path,
    said: Mapping[str, str],
    *,
    on_bytes: OnBytes | None,
    resume: str,
    on_begun: Callable[[str], None] | None,
) -> Flow[str]:
    """The asset's id, once the server has the whole file. Interrupted connections and restarts of the server
    are waited for; `resume`, the address that `on_begun` was told, goes on where another process stopped."""
    size = path.stat().st_size
    where = resume
    if not where:
        told = {"Upload-Length": str(size), "Upload-Metadata": _metadata({"filename": path.name, **said})}
        begun: Mapping[str, str] = yield calls.tus("POST", "/api/uploads", told)
        where = begun["location"]
        if on_begun:
            on_begun(where)
    offset, asset, failures = (0, "", 0) if not resume else (-1, "", 0)
    with path.open("rb") as file:
        while not asset:
            try:
                headers = yield _next_part(file, where, offset)
            except _PASSING as error:
                failures += 1
                if failures > TRIES:
                    raise
                yield Pause(_wait_s(error, failures))
                offset = -1
                continue
            reached = int(headers["upload-offset"])
            failures = 0 if reached > offset else failures
            offset, asset = reached, headers.get("codek7-asset", "")
            if on_bytes:
                on_bytes(offset, size)
            if offset == size and not asset:  # it is being looked at
                yield Pause(LOOK_S)
                offset = -1
    return asset


def _next_part(file: Any, where: str, offset: int) -> Call[Mapping[str, str]]:
    """Bytes from the offset on; where that is unknown (-1), the question for it."""
    if offset < 0:
        return calls.tus("HEAD", where, {})
    file.seek(offset)
    told = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
    return calls.tus("PATCH", where, told, file.read(PART_BYTES))


def _wait_s(error: Codek7Error, failures: int) -> float:
    """Ever longer."""
    said = float(error.retry_s) if isinstance(error, TooManyRequests) else 0.0
    return max(said, min(15.0, 0.25 * float(1 << failures)))


def _metadata(said: Mapping[str, str]) -> str:
    pairs = (f"{name} {b64encode(value.encode()).decode()}" for name, value in said.items() if value)
    return ",".join(pairs)
