"""Sending uploads, request by request."""

from __future__ import annotations

import base64
import hashlib
import random
from pathlib import Path

import httpx

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {**TUS, "Content-Type": "application/offset+octet-stream"}


def like_media(size: int, seed: int = 0) -> bytes:
    """Begins as an MP4 does; the rest is noise, so that nothing is encoded."""
    head = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2"
    return (head + random.Random(seed).randbytes(max(0, size - len(head))))[:size]


def told(**said: str) -> str:
    """Upload-Metadata."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())


def checksum(body: bytes, algorithm: str = "sha256") -> str:
    """Upload-Checksum."""
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, body).digest()).decode()}"


def begin(client: httpx.Client, size: int, **said: str) -> str:
    """The new upload's path."""
    answer = client.post(
        "/api/uploads", headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": told(**said)}
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def send(client: httpx.Client, upload: str, offset: int, body: bytes, **headers: str) -> httpx.Response:
    """A PATCH."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(upload, content=body, headers={**BYTES, "Upload-Offset": str(offset), **more})


def offset_of(client: httpx.Client, upload: str) -> int:
    """As HEAD tells it."""
    answer = client.head(upload, headers=TUS)
    assert answer.status_code == 200, answer.status_code
    assert answer.headers["Cache-Control"] == "no-store"
    return int(answer.headers["Upload-Offset"])


def is_problem(answer: httpx.Response, status: int, code: str) -> None:
    """It says what is wrong, as every other problem does, and what the protocol asks for."""
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (status, "1.0.0"), answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    said = answer.json()
    assert (said["status"], said["code"]) == (status, code)
    assert said["detail"]
    assert said["hint"]


def source_sha256(home: Path, asset: str) -> str:
    """Of the file that was kept for an asset."""
    (source,) = (home / "sources" / asset).iterdir()
    return hashlib.sha256(source.read_bytes()).hexdigest()
