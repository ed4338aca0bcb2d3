"""What is asked of a server, as values: one request each, and the type of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

from codek7 import api
from codek7.core.edits import Edit
from codek7.core.ladder import Ladder
from codek7.core.values import to_json, to_plain

T = TypeVar("T")

ASSETS, JOBS, KEYS, IMPORTS = "/api/assets", "/api/jobs", "/api/keys", "/api/imports"


class Call(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A request. Its answer is JSON of the type `kind`; with None its headers are the answer, with `bytes`
    its body as it is."""

    method: str
    path: str
    kind: Any
    params: Mapping[str, Any] = {}
    body: bytes = b""
    headers: Mapping[str, str] = {}


def list_assets(asked: Mapping[str, Any], cursor: str = "") -> Call[api.AssetPage]:
    """A page of assets; `asked` are the parameters of `GET /api/assets`."""
    given = {name: value for name, value in asked.items() if value not in (None, "", ())}
    params = {**given, **({"cursor": cursor} if cursor else {})}
    return Call(method="GET", path=ASSETS, params=params, kind=api.AssetPage)


def get_asset(asset_id: str) -> Call[api.AssetView]:
    """All of an asset."""
    return Call(method="GET", path=f"{ASSETS}/{asset_id}", kind=api.AssetView)


def edit_asset(asset_id: str, edit: Edit, etag: str) -> Call[api.AssetView]:
    """Change what the edit says; with an etag, only if nobody else has edited it since."""
    headers = {"If-Match": f'"{etag}"'} if etag else {}
    return _sending("PATCH", f"{ASSETS}/{asset_id}", edit, api.AssetView, headers)


def remove_asset(asset_id: str) -> Call[Mapping[str, str]]:
    """Remove an asset."""
    return Call(method="DELETE", path=f"{ASSETS}/{asset_id}", kind=None)


def play(asset_id: str, *, preview: bool) -> Call[api.PlaybackView]:
    """How to play an asset."""
    params = {"preview": "true"} if preview else {}
    return Call(method="GET", path=f"{ASSETS}/{asset_id}/playback", params=params, kind=api.PlaybackView)


def republish(asset_id: str, ladder: Ladder | None, policy: str) -> Call[api.JobView]:
    """Present an asset anew."""
    body = {"ladder": to_plain(ladder) if ladder else None, "policy": policy}
    return _sending("POST", f"{ASSETS}/{asset_id}/republish", body, api.JobView)


def decide(asset_id: str, decision: str, reason: str) -> Call[api.Decided]:
    """Allow or block an asset."""
    body = {"decision": decision, "reason": reason}
    return _sending("POST", f"{ASSETS}/{asset_id}/decision", body, api.Decided)


def verdicts(asset_id: str) -> Call[api.VerdictList]:
    """Every judgement of an asset."""
    return Call(method="GET", path=f"{ASSETS}/{asset_id}/verdicts", kind=api.VerdictList)


def list_jobs(states: tuple[str, ...], asset_id: str, cursor: str = "") -> Call[api.JobPage]:
    """A page of jobs."""
    params: dict[str, Any] = {"asset_id": asset_id, "cursor": cursor} | ({"state": states} if states else {})
    return Call(method="GET", path=JOBS, params=params, kind=api.JobPage)


def get_job(job_id: str) -> Call[api.JobView]:
    """A job."""
    return Call(method="GET", path=f"{JOBS}/{job_id}", kind=api.JobView)


def change_job(job_id: str, change: str) -> Call[api.JobView]:
    """`cancel` or `requeue` a job."""
    return Call(method="POST", path=f"{JOBS}/{job_id}/{change}", kind=api.JobView)


def query(sql: str, limit: int) -> Call[api.Rows]:
    """Rows of the catalog."""
    return _sending("POST", "/api/sql", {"query": sql, "limit": limit}, api.Rows)


def query_arrow(sql: str, limit: int) -> Call[bytes]:
    """Rows of the catalog as an Arrow IPC stream."""
    body = {"query": sql, "limit": limit}
    return _sending("POST", "/api/sql", body, bytes, {"Accept": "application/vnd.apache.arrow.stream"})


def list_keys() -> Call[api.KeyList]:
    """Every API key."""
    return Call(method="GET", path=KEYS, kind=api.KeyList)


def make_key(role: str, name: str, owner: str) -> Call[api.MadeKey]:
    """A new API key."""
    return _sending("POST", KEYS, {"role": role, "name": name, "owner": owner}, api.MadeKey)


def revoke_key(key_id: str) -> Call[Mapping[str, str]]:
    """From now on nothing is answered for it."""
    return Call(method="DELETE", path=f"{KEYS}/{key_id}", kind=None)


def begin_import(url: str, said: Mapping[str, str]) -> Call[api.ImportView]:
    """Have the server fetch a file."""
    return _sending("POST", IMPORTS, {"url": url, **said}, api.ImportView)


def get_import(import_id: str) -> Call[api.ImportView]:
    """How far the server has fetched it."""
    return Call(method="GET", path=f"{IMPORTS}/{import_id}", kind=api.ImportView)


def tus(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Call[Mapping[str, str]]:
    """A request of the tus protocol."""
    return Call(method=method, path=path, headers={"Tus-Resumable": "1.0.0", **headers}, body=body, kind=None)


def _sending(method: str, path: str, body: object, kind: Any, headers: Mapping[str, str] = {}) -> Call[Any]:
    given = {"Content-Type": "application/json", **headers}
    return Call(method=method, path=path, body=to_json(body), headers=given, kind=kind)
