"""A file as a form."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from tests.server.conftest import RunningServer
from tests.server.uploads.sending import like_media, source_sha256


def test_a_form_becomes_an_asset(server: RunningServer) -> None:
    media = like_media(3_000_000, seed=9)
    with server.client("uploader") as client:
        said = {"title": "A form", "visibility": "unlisted", "description": "Two\nlines"}
        answer = client.post(
            "/api/assets", data=said, files={"file": ("../x.mkv", media, "video/x-matroska")}
        )
        assert answer.status_code == 201, answer.text
        asset = answer.headers["Codek7-Asset"]
        assert answer.headers["Location"] == f"/api/assets/{asset}"
        assert answer.json()["asset"] == asset
        assert answer.json()["filename"] == "x.mkv"
    assert source_sha256(server.home, asset) == hashlib.sha256(media).hexdigest()


def form(name: str, content: bytes, end: bytes = b"\r\n--b--\r\n") -> bytes:
    """A form with one field; the boundary is `b`."""
    return (
        b"--b\r\nContent-Disposition: form-data; name=%s; filename=x\r\n\r\n" % name.encode() + content + end
    )


FORM = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"", "multipart/form-data", 415),
        (b"", FORM, 400),
        (form("file", b"abc", end=b""), FORM, 400),
        (form("title", b"x"), FORM, 400),
        (form("title", b"x" * 20_000), FORM, 400),
        (form("file", b""), FORM, 415),
        (form("file", b"#EXTM3U\n"), FORM, 415),
    ],
)
def test_forms_that_are_none(server: RunningServer, content: bytes, kind: str, status: int) -> None:
    with server.client("uploader") as client:
        answer = client.post("/api/assets", content=content, headers={"Content-Type": kind})
        assert answer.status_code == status, answer.text
        assert answer.json()["detail"]
    left = [folder for folder in (server.home / "uploads").iterdir() if (folder / "data").exists()]
    assert not [folder for folder in left if b'"form"' in (folder / "upload.json").read_bytes()]


def test_viewers_may_not(server: RunningServer) -> None:
    with server.client("viewer") as client:
        assert client.post("/api/assets", files={"file": ("x.mp4", like_media(100))}).status_code == 403
    assert (
        httpx.post(f"{server.url}/api/assets", files={"file": ("x.mp4", b"")}, timeout=60).status_code == 401
    )
