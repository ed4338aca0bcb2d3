"""tus 1.0, request by request, at a real server."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import httpx
import pytest

from tests.server.conftest import RunningServer
from tests.server.uploads.sending import (
    BYTES,
    TUS,
    begin,
    checksum,
    is_problem,
    like_media,
    offset_of,
    send,
    source_sha256,
    told,
)


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with server.client("uploader") as client:
        yield client


def test_it_says_what_it_can(client: httpx.Client) -> None:
    answer = client.options("/api/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == answer.headers["Tus-Resumable"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "termination", "checksum", "expiration"
    }  # fmt: skip
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256,md5"
    assert int(answer.headers["Tus-Max-Size"]) > 0


def test_an_upload_in_pieces_becomes_an_asset(client: httpx.Client, server: RunningServer) -> None:
    media = like_media(300_000, seed=1)
    upload = begin(
        client, len(media), filename="../../Été <b>.MOV", title="A film", visibility="private", tags="a, b"
    )
    assert offset_of(client, upload) == 0
    first = send(client, upload, 0, media[:100_000])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "100000")
    assert re.match(r"\w{3}, \d\d \w{3} \d{4} .* GMT", first.headers["Upload-Expires"])
    assert "Codek7-Asset" not in first.headers
    assert offset_of(client, upload) == 100_000
    last = send(client, upload, 100_000, media[100_000:])
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, "300000")
    asset = last.headers["Codek7-Asset"]
    assert last.headers["Location"] == f"/api/assets/{asset}"
    again = client.head(upload, headers=TUS)
    assert (again.headers["Upload-Offset"], again.headers["Codek7-Asset"]) == ("300000", asset)
    said = client.get(upload).json()
    assert (said["state"], said["asset"], said["filename"], said["title"]) == (
        "taken",
        asset,
        "Été <b>.MOV",
        "A film",
    )
    assert source_sha256(server.home, asset) == hashlib.sha256(media).hexdigest()
    assert [path.name for path in (server.home / "sources" / asset).iterdir()] == ["source.mov"]
    assert not (server.home / upload.rsplit("/", 1)[1]).exists()
    is_problem(send(client, upload, 300_000, b""), 410, "upload-gone")


def test_names_never_reach_the_file_system(client: httpx.Client, server: RunningServer) -> None:
    names = [
        "../../../etc/x.mp4",
        "..%2f..%2fx",
        "/absolute.mp4",
        "CON",
        "a\0b.mp4",
        "x" * 3000,
        "\u202egnp.4pm",
    ]
    for name in names:
        answer = send(client, begin(client, 5000, filename=name), 0, like_media(5000))
        assert answer.status_code == 204, name
        (kept,) = (server.home / "sources" / answer.headers["Codek7-Asset"]).iterdir()
        assert kept.name in ("source", "source.mp4")
    assert all(re.fullmatch(r"[0-9a-z]{16}", folder.name) for folder in (server.home / "uploads").iterdir())


def test_the_first_bytes_may_come_with_the_beginning(client: httpx.Client) -> None:
    media = like_media(9000, seed=2)
    headers = {**BYTES, "Upload-Length": "9000", "Upload-Checksum": checksum(media[:4000])}
    begun = client.post("/api/uploads", content=media[:4000], headers=headers)
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "4000")
    assert send(client, begun.headers["Location"], 4000, media[4000:]).headers["Codek7-Asset"]
    whole = client.post("/api/uploads", content=media, headers={**BYTES, "Upload-Length": "9000"})
    assert (whole.status_code, whole.headers["Upload-Offset"]) == (201, "9000")
    assert whole.headers["Codek7-Asset"]
    assert whole.headers["Location"].startswith("/api/uploads/")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_what_does_not_match_its_checksum_is_not_kept(client: httpx.Client, algorithm: str) -> None:
    media = like_media(50_000, seed=3)
    upload = begin(client, len(media))
    assert (
        send(
            client, upload, 0, media[:20_000], Upload_Checksum=checksum(media[:20_000], algorithm)
        ).status_code
        == 204
    )
    wrong = send(client, upload, 20_000, b"\0" * 30_000, Upload_Checksum=checksum(media[20_000:], algorithm))
    is_problem(wrong, 460, "checksum-mismatch")
    assert offset_of(client, upload) == 20_000
    right = send(client, upload, 20_000, media[20_000:], Upload_Checksum=checksum(media[20_000:], algorithm))
    assert right.headers["Codek7-Asset"]


@pytest.mark.parametrize("said", ["crc32 AAAA", "sha256", "sha256 not-base64!", "sha256 AAAA"])
def test_checksums_that_say_nothing_are_refused(client: httpx.Client, said: str) -> None:
    upload = begin(client, 1000)
    answer = send(client, upload, 0, like_media(1000), Upload_Checksum=said)
    assert answer.status_code == (460 if said in ("sha256 AAAA", "sha256") else 400)
    assert offset_of(client, upload) == 0


def test_each_mistake_has_its_status(client: httpx.Client) -> None:
    upload = begin(client, 1000)
    media = like_media(1000)
    is_problem(send(client, upload, 1, media[:10]), 409, "upload-conflict")
    is_problem(send(client, upload, 0, media, Tus_Resumable="0.2.2"), 412, "protocol-version-wrong")
    assert client.head(upload).status_code == 412
    wrong = client.patch(upload, content=media, headers={**TUS, "Upload-Offset": "0"})
    is_problem(wrong, 415, "upload-type-wrong")
    is_problem(client.patch(upload, content=b"", headers=BYTES), 400, "upload")
    for offset in ("-1", "1e3", "", "0x0"):
        is_problem(send(client, upload, 0, media, Upload_Offset=offset), 400, "upload")
    is_problem(send(client, upload, 10**17, media), 409, "upload-conflict")
    is_problem(send(client, "/api/uploads/0000000000000000", 0, media), 404, "upload-not-found")
    assert offset_of(client, upload) == 0
    assert send(client, upload, 0, media).headers["Codek7-Asset"], "nothing of it did harm"


@pytest.mark.parametrize(
    ("length", "status"),
    [
        ("-1", 400),
        ("", 400),
        ("1.5", 400),
        (str(2**63), 413),
        ("9" * 400, 413),
        (str(10**17), 413),
        ("0", 415),
    ],
)
def test_lengths_that_cannot_be(client: httpx.Client, length: str, status: int) -> None:
    answer = client.post("/api/uploads", headers={**TUS, "Upload-Length": length})
    assert answer.status_code == status, answer.text


def test_lies_about_the_length(client: httpx.Client) -> None:
    media = like_media(4000)
    upload = begin(client, 1000)
    is_problem(send(client, upload, 0, media), 413, "upload-too-big")
    assert offset_of(client, upload) == 0, "told from Content-Length, before a byte is read"
    chunked = client.patch(
        upload, content=iter([media[:900], media[900:]]), headers={**BYTES, "Upload-Offset": "0"}
    )
    is_problem(chunked, 413, "upload-too-big")
    assert offset_of(client, upload) == 0, "nothing of a body that is too long is kept"
    longer = begin(client, 10_000)
    assert send(client, longer, 0, media).status_code == 204
    assert client.get(longer).json()["state"] == "open", "what was announced has not come"


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (b"#EXTM3U\n#EXT-X-VERSION:3\nfile:///etc/passwd\n", "playlist"),
        (b"ffconcat version 1.0\nfile http://127.0.0.1/x\n", "concat"),
        (b"<?xml version='1.0'?><MPD></MPD>", "DASH"),
        (b"\x89PNG\r\n\x1a\n" + bytes(3000), "PNG"),
        (b"just some text, renamed to .mp4", "none of the formats"),
        (bytes(range(256)) * 16, "none of the formats"),
    ],
)
def test_what_is_no_media_is_refused_at_once(client: httpx.Client, what: bytes, reason: str) -> None:
    upload = begin(client, len(what), filename="film.mp4")
    answer = send(client, upload, 0, what)
    is_problem(answer, 415, "media-refused")
    assert reason in answer.json()["detail"]
    after = send(client, upload, 0, what)
    is_problem(after, 410, "upload-gone")
    assert reason in after.json()["detail"]
    trouble = client.get(upload).json()["trouble"]
    assert trouble["code"] == "media-refused"


def test_no_media_is_seen_before_all_of_it_came(client: httpx.Client) -> None:
    upload = begin(client, 10_000_000, filename="film.mp4")
    is_problem(send(client, upload, 0, b"#EXTM3U\n" + b"x" * 5000), 415, "media-refused")


def test_an_upload_can_be_ended(client: httpx.Client, server: RunningServer) -> None:
    upload = begin(client, 1000)
    send(client, upload, 0, like_media(500))
    folder = server.home / "uploads" / upload.rsplit("/", 1)[1]
    assert (folder / "data").exists()
    answer = client.delete(upload, headers=TUS)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
    assert not (folder / "data").exists()
    assert client.head(upload, headers=TUS).status_code == 410
    is_problem(send(client, upload, 500, b"x"), 410, "upload-gone")
    is_problem(client.delete(upload, headers=TUS), 410, "upload-gone")


def test_methods_may_be_overridden(client: httpx.Client) -> None:
    media = like_media(1000)
    upload = begin(client, 1000)
    headers = {**BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert client.post(upload, content=media[:400], headers=headers).headers["Upload-Offset"] == "400"
    ended = client.post(upload, headers={**TUS, "X-HTTP-Method-Override": "DELETE"})
    assert ended.status_code == 204
    assert client.post(upload, headers=TUS).status_code == 405


@pytest.mark.parametrize(
    "header", ["title", "title !!!", "a YQ==,a YQ==", ", ,", "title " + "A" * 20_000, "title //8="]
)
def test_metadata_that_cannot_be_read(client: httpx.Client, header: str) -> None:
    answer = client.post("/api/uploads", headers={**TUS, "Upload-Length": "10", "Upload-Metadata": header})
    assert answer.status_code == (201 if header == "title" else 400), answer.text


def test_what_is_said_is_checked(client: httpx.Client) -> None:
    for said, status in (({"visibility": "secret"}, 400), ({"policy": "../../etc/policy.toml"}, 422)):
        headers = {**TUS, "Upload-Length": "10", "Upload-Metadata": told(**said)}
        is_problem(
            client.post("/api/uploads", headers=headers),
            status,
            "upload" if status == 400 else "policy-unknown",
        )


def test_uploads_are_their_owners(client: httpx.Client, server: RunningServer) -> None:
    upload = begin(client, 1000)
    media = like_media(1000)
    with server.client("moderator") as other, server.client("viewer") as viewer, server.client() as nobody:
        assert other.head(upload, headers=TUS).status_code == 404
        is_problem(send(other, upload, 0, media), 404, "upload-not-found")
        is_problem(other.delete(upload, headers=TUS), 404, "upload-not-found")
        is_problem(viewer.post("/api/uploads", headers={**TUS, "Upload-Length": "9"}), 403, "forbidden")
        is_problem(nobody.post("/api/uploads", headers={**TUS, "Upload-Length": "9"}), 401, "unauthenticated")
        is_problem(send(nobody, upload, 0, media), 401, "unauthenticated")
        assert nobody.get(upload).status_code == 401
    with server.client("admin") as admin:
        assert admin.get(upload).json()["offset"] == 0
        is_problem(send(admin, upload, 0, media), 403, "forbidden")
        assert admin.delete(upload, headers=TUS).status_code == 204


def test_other_sites_may_not_by_default(client: httpx.Client) -> None:
    answer = client.options(
        "/api/uploads",
        headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"},
    )
    assert not any(name.lower().startswith("access-control") for name in answer.headers)


def test_the_document_names_every_answer(client: httpx.Client) -> None:
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"409", "410", "412", "413", "415", "423", "460", "507"} <= set(
        paths["/api/uploads/{upload_id}"]["patch"]["responses"]
    )
    assert "multipart/form-data" in paths["/api/assets"]["post"]["requestBody"]["content"]
    headers = {each["name"] for each in paths["/api/uploads"]["post"]["parameters"]}
    assert {"Tus-Resumable", "Upload-Length", "Upload-Metadata"} <= headers
