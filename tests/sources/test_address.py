"""What a source may be named by, and what is kept of the name."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.errors import MediaRefused, SourceNotFound
from codek7.sources.address import local_path, parse_url, uri_of


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("clip.mp4", "clip.mp4"), ("/a/clip 100%.mp4", "/a/clip 100%.mp4"), ("a::b.mp4", "a::b.mp4"),
        ("http:/x", "http:/x"), ("file:///a%20b.mp4", "/a b.mp4"), ("file://localhost/a.mp4", "/a.mp4"),
        ("FILE:///a?b#c", "/a?b#c"), ("file:///%ff.mp4", os.fsdecode(b"/\xff.mp4")), ("-", "-"),
    ],
)  # fmt: skip
def test_paths(source: str, path: str) -> None:
    assert local_path(source) == Path(path)


def test_home_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somebody")
    assert local_path("~/clip.mp4") == Path("/somebody/clip.mp4")
    for name in ("~clip.mp4", "~root", "~"):
        assert local_path(name) == Path(name)


@pytest.mark.parametrize(
    "source",
    [
        "file::http://a/b", "zip://a.mp4::http://b/c.zip", "simplecache::s3://a/b", "s3://a/b::c", "ftp://a/b",
        "sftp://a/b", "ssh://a/b", "reference://a", "github://a:b@c/d", "local://a", "dir://a",
        "concat://a", "pipe://1", "gopher://a/b", "file://elsewhere/a", "libarchive://a", "jupyter://a", "dask://a",
        "root://a/b", "generic://a", "git://a", "hf://a/b", "filecache://a", "smb://a/b", "x-y.z+1://a",
    ],
)  # fmt: skip
def test_what_is_not_fetched_from(source: str) -> None:
    with pytest.raises(MediaRefused):
        local_path(source) or parse_url(source)


@pytest.mark.parametrize(
    "source",
    [
        "http://",
        "http:///a",
        "http://[::1/a",
        "http://a:port/b",
        "s3://",
        "s3://bucket",
        "s3://bucket/",
        "memory://",
    ],
)
def test_what_is_no_address(source: str) -> None:
    with pytest.raises((SourceNotFound, MediaRefused)):
        parse_url(source)


def test_addresses_of_ipv6_hosts_have_no_chain() -> None:
    with pytest.raises(MediaRefused, match="chained"):
        parse_url("http://[::1]/a")
    assert parse_url("http://[0:0:0:0:0:0:0:1]/a").fetch == "http://[0:0:0:0:0:0:0:1]/a"


WORDS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_characters=":/@?#%\\[]"), min_size=6
)


@given(user=WORDS, password=WORDS, query=WORDS, fragment=WORDS, path=st.text("ab cé/%", max_size=20))
def test_no_secret_is_kept(user: str, password: str, query: str, fragment: str, path: str) -> None:
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    address = parse_url(f"https://{login}@host:8443/clip{path}?sig={query}#{fragment}")
    assert address.stored.startswith("https://host:8443/clip")
    assert (address.user, address.password) == (user, password)
    for kept in (
        address.stored,
        repr(address),
        address.clean(f"cannot open {address.fetch} with {password}"),
    ):
        assert kept.isascii() or not kept.startswith("https")
        assert not any(secret in kept for secret in (user, password, quote(query), "sig=", "?", "#"))
    assert f"sig={quote(query, safe='')[:3]}"[:4] in address.fetch


def test_credentials_of_buckets_are_not_kept() -> None:
    address = parse_url("s3://AKID:se%2Fcret@bucket/a/b?c#d.mp4")
    assert address.stored == address.fetch == "s3://bucket/a/b?c#d.mp4"
    assert (address.user, address.password) == ("AKID", "se/cret")
    assert "se/cret" not in repr(address)


def test_names_that_are_no_unicode_are_kept_as_urls() -> None:
    odd = Path(os.fsdecode(b"/a/\xff.mp4"))
    assert uri_of(odd) == "file:///a/%FF.mp4"
    assert local_path(uri_of(odd)) == odd
    assert uri_of(Path("/a/ü.mp4")) == "/a/ü.mp4"
