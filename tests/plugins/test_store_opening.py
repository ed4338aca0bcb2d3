"""Which store is behind a URL, and which URLs and options there are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7.core.errors import SettingsInvalid
from codek7.plugins.store_fsspec import codek7_open_store
from tests.servers import KEY, SECRET

pytestmark = pytest.mark.usefixtures("no_aws_settings_from_outside")

OPTIONS = {"key": KEY, "secret": SECRET}


@pytest.mark.parametrize(
    "url", ["", "relative/path", "gs://bucket/a", "http://host/a", "zip://a::file:///b", "x"]
)
def test_other_urls_are_other_plugins(url: str) -> None:
    assert codek7_open_store(url, {}) is None


def test_a_folder_is_named_by_its_path(tmp_path: Path) -> None:
    folder = tmp_path / "100% ünïcode #1?"
    store = codek7_open_store(folder.as_uri(), {})
    assert store is not None
    store.put("a", b"x")
    assert store.local_path("a") == folder / "a"
    assert store.url == folder.as_uri()
    assert store.public_url("a") == (folder / "a").as_uri()


@pytest.mark.parametrize(
    ("options", "address"),
    [
        ({}, "https://bucket.s3.amazonaws.com/pre/fix/a/b"),
        ({"region": "eu-west-3"}, "https://bucket.s3.eu-west-3.amazonaws.com/pre/fix/a/b"),
        ({"endpoint_url": "https://minio.example:9000/"}, "https://minio.example:9000/bucket/pre/fix/a/b"),
    ],
)
def test_public_addresses(options: dict[str, str], address: str) -> None:
    store = codek7_open_store("s3://bucket/pre/fix/", OPTIONS | options)
    assert store is not None
    assert store.url == "s3://bucket/pre/fix"
    assert store.public_url("a/b") == address


def test_dotted_buckets_are_in_the_path() -> None:
    store = codek7_open_store("s3://my.bucket", OPTIONS)
    assert store is not None
    assert store.public_url("a") == "https://s3.amazonaws.com/my.bucket/a"


def test_the_endpoint_that_aws_tools_would_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    store = codek7_open_store("s3://bucket", {})
    assert store is not None
    assert store.public_url("a") == "http://127.0.0.1:9/bucket/a"


@pytest.mark.parametrize(
    "url",
    [
        "file://relative", "file://", "file:folder", "file:///a?b", "file:///a#b", "memory://../a",
        "memory://a b",
        "s3://", "s3:///a", "s3://bucket/../a", "s3://bucket/a b", "s3://bucket/a?b=c",
        "s3://bucket/" + "a" * 121,
        "s3://k3y:s3cret@bucket/a", "s3://[bad",
    ],
)  # fmt: skip
def test_urls_that_cannot_be(url: str) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        codek7_open_store(url, OPTIONS)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"key": KEY}, {"secret": SECRET}, {"passwort": SECRET}, {"endpoint_url": "ftp://host"},
        {"endpoint_url": f"http://user:{SECRET}@host"}, {"endpoint_url": "host:9000"}, {"endpoint_url": "http://[x"},
    ],
)  # fmt: skip
def test_options_that_cannot_be(options: dict[str, str]) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        codek7_open_store("s3://bucket/a", options)
    assert SECRET not in str(caught.value) + repr(caught.value)
