"""A store in a bucket: servers that refuse, break and come back, uploads in parts, and secrets kept."""

from __future__ import annotations

import logging
import os
import sys
import threading
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from codek7.core.errors import DiskFull, ObjectNotFound, StoreError, StoreUnavailable, ToolMissing
from codek7.plugins.store_fsspec import codek7_open_store, s3, s3_client, s3_parts
from codek7.plugins.store_fsspec.s3 import S3Store
from tests.servers import BUCKET, KEY, SECRET, Asked, Fault, Flaky, S3Server, free_port, run_rclone

BODY = bytes(range(256)) * 1000
EVERY_CALL: tuple[Callable[[S3Store, Path], object], ...] = (
    lambda store, _: store.put("a", b"x"),
    lambda store, path: store.put_file("a", path),
    lambda store, _: store.get("a"),
    lambda store, _: store.stat("a"),
    lambda store, _: store.copy("a", "b"),
    lambda store, _: list(store.keys("")),
    lambda store, _: store.remove(["a"]),
)


def opened(server: S3Server, url: str = "", **changed: str) -> S3Store:
    store = codek7_open_store(url or server.new_url(), server.options | changed)
    assert isinstance(store, S3Store)
    return store


@pytest.fixture
def store(flaky_s3: Flaky) -> S3Store:
    """A store whose server breaks as it is told."""
    return opened(S3Server(flaky_s3.endpoint_url))


@pytest.fixture
def big_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that goes up in four parts, of the least size that S3 takes."""
    monkeypatch.setattr(s3, "WHOLE_BYTES", 1 << 20)
    monkeypatch.setattr(s3_parts, "PART_BYTES", 5 << 20)
    path = tmp_path / "big"
    path.write_bytes(b"".join(bytes([number]) * (5 << 20) for number in range(3)) + b"end")
    return path


def operation(asked: Asked) -> str:
    """What S3 calls a request."""
    if "uploadId" in asked.path:
        return {"PUT": "UploadPart", "POST": "Complete", "DELETE": "Abort"}[asked.method]
    return asked.method


def saying(code: str, message: str, status: int) -> Fault:
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Fault(status, body.encode())


def signed(url: str, body: bytes | None = None) -> urllib.request.Request:
    """moto looks whether a request is signed, not how."""
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/s3/aws4_request"}
    return urllib.request.Request(url, body, headers, method="GET" if body is None else "PUT")


@pytest.mark.parametrize("wrong", ["secret", "key"])
def test_wrong_credentials_are_said_and_not_repeated(
    rclone_s3: S3Server, wrong: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hidden = "wr0ng-but-still-s3cret" if wrong == "secret" else SECRET
    store = opened(rclone_s3, **{wrong: "wr0ng-but-still-s3cret"})
    (tmp_path / "file").write_bytes(b"x")
    for call in EVERY_CALL:
        with pytest.raises(StoreUnavailable, match="check the key, the secret") as caught:
            call(store, tmp_path / "file")
        assert hidden not in str(caught.value) + repr(caught.value) + repr(store)
    assert hidden not in caplog.text


def test_a_bucket_that_is_not_there(rclone_s3: S3Server) -> None:
    store = opened(rclone_s3, "s3://no-such-bucket/a")
    for call in (lambda: store.put("a", b"x"), lambda: store.get("a"), lambda: list(store.keys(""))):
        with pytest.raises(StoreUnavailable, match="create the bucket"):
            call()


def test_a_server_that_goes_and_comes_back(
    no_aws_settings_from_outside: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_client, "ATTEMPTS", 2)
    port = free_port()
    with run_rclone(tmp_path, port) as server:
        store = opened(server, f"s3://{BUCKET}/home")
        store.put("a", b"before")
    (tmp_path / "file").write_bytes(b"x")
    for call in EVERY_CALL:
        with pytest.raises(StoreUnavailable, match="check endpoint_url"):
            call(store, tmp_path / "file")
    with run_rclone(tmp_path, port):
        assert store.get("a") == b"before"
        store.put("a", b"after")
        assert store.get("a") == b"after"


@pytest.mark.parametrize("status", [500, 503, 429])
def test_passing_trouble_is_waited_out(store: S3Store, flaky_s3: Flaky, status: int) -> None:
    store.put("a", BODY)
    before = len(flaky_s3.asked)
    flaky_s3.fault = lambda _: (
        saying("SlowDown", "later", status) if len(flaky_s3.asked) < before + 3 else None
    )
    assert store.get("a") == BODY


def test_lasting_trouble_ends(store: S3Store, flaky_s3: Flaky) -> None:
    flaky_s3.fault = lambda _: saying("InternalError", "oh dear", 500)
    with pytest.raises(StoreUnavailable, match="oh dear"):
        store.get("a")
    assert len(flaky_s3.asked) == s3_client.ATTEMPTS


@pytest.mark.parametrize("cut", [0, 1, 100_000])
def test_an_answer_that_breaks_off_is_asked_for_again(store: S3Store, flaky_s3: Flaky, cut: int) -> None:
    store.put("a", BODY)
    before = len(flaky_s3.asked)
    flaky_s3.fault = lambda _: Fault(cut=cut) if len(flaky_s3.asked) < before + 3 else None
    assert store.get("a") == BODY
    assert len(flaky_s3.asked) == before + 3
    flaky_s3.fault = lambda _: Fault(cut=cut)
    with pytest.raises(StoreUnavailable, match="broke off"):
        store.get("a")


def test_a_full_server_is_said(store: S3Store, flaky_s3: Flaky) -> None:
    flaky_s3.fault = lambda _: saying("XMinioStorageFull", "no room", 507)
    with pytest.raises(DiskFull, match="no room"):
        store.put("a", b"x")


def test_a_server_that_repeats_the_secret(flaky_s3: Flaky) -> None:
    token = "a-session-token/0123456789"
    store = opened(S3Server(flaky_s3.endpoint_url), token=token)
    flaky_s3.fault = lambda _: saying("Odd", f"you sent {SECRET} and {token}", 400)
    with pytest.raises(StoreUnavailable, match=r"you sent \*\*\* and \*\*\*") as caught:
        store.get("a")
    assert caught.value.__cause__ is None


def test_a_large_file_goes_up_in_parts(store: S3Store, flaky_s3: Flaky, big_file: Path) -> None:
    store.put_file("big", big_file)
    assert [operation(asked) for asked in flaky_s3.asked].count("UploadPart") == 4
    assert store.get("big") == big_file.read_bytes()


@pytest.mark.parametrize("failing", ["UploadPart", "Complete"])
def test_an_upload_that_fails_leaves_nothing(
    store: S3Store, flaky_s3: Flaky, big_file: Path, failing: str, moto_s3: S3Server
) -> None:
    def fault(asked: Asked) -> Fault | None:
        last = "partNumber=4" in asked.path or failing == "Complete"
        return saying("AccessDenied", "no", 403) if last and operation(asked) == failing else None

    flaky_s3.fault = fault
    with pytest.raises(StoreUnavailable, match="AccessDenied"):
        store.put_file("big", big_file)
    assert operation(flaky_s3.asked[-1]) == "Abort"
    assert list(store.keys("")) == []
    with urllib.request.urlopen(f"{moto_s3.endpoint_url}/{BUCKET}?uploads") as left:
        assert b"<Upload>" not in left.read()


def test_an_upload_that_is_interrupted_leaves_nothing(
    store: S3Store, flaky_s3: Flaky, big_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "pread", interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.put_file("big", big_file)
    assert operation(flaky_s3.asked[-1]) == "Abort"


def test_what_crashed_uploads_left_is_dropped(store: S3Store, flaky_s3: Flaky, big_file: Path) -> None:
    now = datetime.now(UTC)
    begun = {"young": now - timedelta(days=6), "old": now - timedelta(days=8)}
    listed = "".join(
        f"<Upload><Key>{name}</Key><UploadId>{name}-id</UploadId><Initiated>{at.isoformat()}</Initiated></Upload>"
        for name, at in begun.items()
    )
    body = f"<ListMultipartUploadsResult>{listed}</ListMultipartUploadsResult>".encode()

    def fault(asked: Asked) -> Fault | None:
        if asked.method == "GET" and "uploads" in asked.path:
            return Fault(200, body)
        return Fault(204) if "-id" in asked.path else None

    flaky_s3.fault = fault
    store.put_file("big", big_file)
    dropped = [asked.path for asked in flaky_s3.asked if operation(asked) == "Abort"]
    assert dropped == [f"/{BUCKET}/old?uploadId=old-id"]
    prefix = store.url.removeprefix(f"s3://{BUCKET}/")
    (asked_for,) = [asked.path for asked in flaky_s3.asked if asked.method == "GET"]
    assert f"prefix={prefix}" in asked_for, "nobody else's are looked at"


def test_a_large_object_is_copied_in_parts(
    store: S3Store, big_file: Path, monkeypatch: pytest.MonkeyPatch, rclone_s3: S3Server
) -> None:
    monkeypatch.setattr(s3, "COPY_BYTES", 1 << 20)
    monkeypatch.setattr(s3_parts, "COPY_PART_BYTES", 6 << 20)
    store.put_file("big", big_file)
    store.copy("big", "copy")
    assert store.get("copy") == big_file.read_bytes()
    without = opened(rclone_s3)
    without.put_file("big", big_file)
    with pytest.raises(StoreError, match="cannot copy"):
        without.copy("big", "copy")
    assert list(without.keys("")) == ["big"]


def test_the_bucket_can_be_served_as_it_is(moto_s3: S3Server, tmp_path: Path) -> None:
    store = opened(moto_s3)
    path = tmp_path / "file"
    path.write_bytes(b"#EXTM3U")
    store.put("a/main.m3u8", b"#EXTM3U")
    store.put_file("a/media.m3u8", path)
    store.put("work/00/chunk.m4s", b"moof")
    store.copy("work/00/chunk.m4s", "a/video.mp4")
    for key, kind in (
        ("a/main.m3u8", "application/vnd.apple.mpegurl"), ("a/media.m3u8", "application/vnd.apple.mpegurl"),
        ("a/video.mp4", "video/mp4"), ("work/00/chunk.m4s", "video/iso.segment"),
    ):  # fmt: skip
        with urllib.request.urlopen(signed(store.public_url(key))) as answer:
            assert answer.headers["Content-Type"] == kind
            assert answer.read() == store.get(key)


def test_removal_that_is_forbidden_is_said(store: S3Store, flaky_s3: Flaky) -> None:
    store.put("kept", b"x")
    kept = f"{store.url.removeprefix(f's3://{BUCKET}/')}/kept"
    answer = f"<DeleteResult><Error><Key>{kept}</Key><Code>AccessDenied</Code></Error></DeleteResult>"
    flaky_s3.fault = lambda asked: Fault(200, answer.encode()) if asked.method == "POST" else None
    with pytest.raises(StoreUnavailable, match="AccessDenied"):
        store.remove(["kept"])


def test_names_that_are_no_keys_are_somebody_elses(moto_s3: S3Server) -> None:
    store = opened(moto_s3)
    store.put("a", b"x")
    for name in ("b%20c", "folder/"):
        url = f"{store.public_url('a')[:-1]}{name}"
        with urllib.request.urlopen(signed(url, b"x")):
            pass
    assert list(store.keys("")) == ["a"]


def test_a_silent_server_is_given_up(
    store: S3Store, flaky_s3: Flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that takes a body and never answers, whatever the sockets' own patience."""
    go_on = threading.Event()

    def hang(_: Asked) -> Fault:
        go_on.wait(60)
        return Fault(500)

    flaky_s3.fault = hang
    monkeypatch.setattr(s3_client, "_patience", lambda _: 1.0)
    with pytest.raises(StoreUnavailable):
        store.put("a", b"x")
    go_on.set()


def test_without_s3fs_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(ToolMissing, match=r"codek7\[s3\]"):
        codek7_open_store("s3://bucket/prefix", {})


def test_missing_objects_are_no_trouble(store: S3Store, flaky_s3: Flaky) -> None:
    with pytest.raises(ObjectNotFound):
        store.get("a")
    assert len(flaky_s3.asked) == 1
