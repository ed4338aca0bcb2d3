"""What is remembered is never given out once it is not so any more."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.settings import Delivery as How
from codek7_server.delivery import objects
from codek7_server.delivery.app import Delivery
from codek7_server.delivery.cache import Lru
from codek7_server.delivery.tokens import Tokens
from tests.server.delivery.asking import ask
from tests.server.delivery.conftest import FOLDER, GROWING, MEDIA, PLAYLIST, Place, fill, make_place
from tests.servers import BUCKET, Fault, Flaky, S3Server


@pytest.fixture(params=["file", "memory"])
def own(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place of the test's own, to change."""
    url = (tmp_path / "store").as_uri() if request.param == "file" else f"memory://{tmp_path.name}"
    place = make_place(url, tmp_path)
    yield place
    place.delivery.close()


@pytest.mark.parametrize("path", ["main.m3u8", "video-0/init.mp4", "video-0/00000.m4s"])
def test_what_is_removed_is_gone_at_once(own: Place, path: str) -> None:
    url = own.url(path)
    for headers in ({}, {"Range": "bytes=0-9"}, {"Accept-Encoding": "gzip"}):
        assert ask(own.delivery, url, headers=headers).status in (200, 206)
    etag = ask(own.delivery, url)["etag"]
    own.store.remove([f"{FOLDER}/{path}"])
    for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": etag}, {"Accept-Encoding": "gzip"}):
        assert ask(own.delivery, url, headers=headers).status == 404
    assert ask(own.delivery, url, method="HEAD").status == 404


@pytest.mark.parametrize("path", ["later.m3u8", "later.m4s"])
def test_what_is_published_is_there_at_once(own: Place, path: str) -> None:
    assert ask(own.delivery, own.url(path)).status == 404
    own.store.put(f"{FOLDER}/{path}", b"#EXTM3U\n")
    assert ask(own.delivery, own.url(path)).body == b"#EXTM3U\n"


def test_a_playlist_that_grows_is_always_the_last_one(own: Place) -> None:
    url = own.url("main.m3u8", GROWING)
    tags = set()
    for turn in range(20):
        body = b"#EXTM3U\n" + b"x" * (turn % 3) + str(turn).encode()
        own.store.put(f"{GROWING}/main.m3u8", body)
        answer = ask(own.delivery, url)
        packed = ask(own.delivery, url, headers={"Accept-Encoding": "gzip"})
        assert (answer.body, gzip.decompress(packed.body)) == (body, body)
        tags |= {answer["etag"], packed["etag"]}
    assert len(tags) == 40, "another tag for each content and coding"


def test_a_playlist_that_is_exchanged_while_it_is_read_is_one_or_the_other(own: Place) -> None:
    url = own.url("main.m3u8", GROWING)
    bodies = [b"#EXTM3U\n" + letter * size for letter, size in ((b"a", 1000), (b"b", 3000), (b"c", 100))]
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            for body in bodies:
                own.store.put(f"{GROWING}/main.m3u8", body)

    own.store.put(f"{GROWING}/main.m3u8", bodies[0])
    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(write)
        answers = [ask(own.delivery, url) for _ in range(150)]
        over.set()
        writing.result()
    assert {answer.status for answer in answers} <= {200, 503}
    assert all(answer.body in bodies for answer in answers if answer.status == 200)


def test_a_link_in_the_place_of_an_object_leads_nowhere(tmp_path: Path) -> None:
    place = make_place((tmp_path / "store").as_uri(), tmp_path)
    (tmp_path / "secret").write_bytes(b"secret")
    for path in ("main.m3u8", "video-0/00000.m4s"):
        assert ask(place.delivery, place.url(path)).status == 200
        file = tmp_path / "store" / FOLDER / path
        file.unlink()
        file.symlink_to(tmp_path / "secret")
        assert ask(place.delivery, place.url(path)).status == 404


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 60))))
def test_the_cache_keeps_within_its_bounds(puts: list[tuple[int, int]]) -> None:
    cache: Lru[int, int] = Lru(100)
    newest: dict[int, int] = {}
    for key, size in puts:
        cache.put(key, size, size)
        newest[key] = size
        assert cache.size_bytes <= 100
        assert cache.get(key) == (size if size <= 25 else None)
    assert all(cache.get(key) in (None, size) for key, size in newest.items())
    assert cache.size_bytes == sum(cache.get(key) or 0 for key in newest)


# Buckets


def in_bucket(server: S3Server | Flaky, tmp_path: Path, how: How | None = None) -> Place:
    """Delivery over a bucket."""
    from codek7.plugins.store_fsspec import codek7_open_store

    options = S3Server(server.endpoint_url).options
    store = codek7_open_store(f"s3://{BUCKET}/{tmp_path.name}", {**options, "region": "us-east-1"})
    assert store is not None
    fill(store)
    tokens = Tokens.open(tmp_path, environ={})
    return Place(Delivery(store, tokens, how or How()), store, tokens)


def test_buckets_are_read_through(flaky_s3: Flaky, tmp_path: Path) -> None:
    place = in_bucket(flaky_s3, tmp_path)
    media, playlist = place.url("video-0/00000.m4s"), place.url("main.m3u8")
    ask(place.delivery, playlist)
    before = len(flaky_s3.asked)
    for _ in range(3):
        answer = ask(place.delivery, media, headers={"Range": "bytes=100-199999"})
        assert (answer.status, answer.body) == (206, MEDIA[100:200_000])
        assert ask(place.delivery, playlist).body == PLAYLIST
    asked = [each.method for each in flaky_s3.asked[before:]]
    assert asked.count("GET") == 1, "bytes are fetched once"
    assert not any(300 <= status < 400 and status != 304 for status in place.delivery.answered)
    place.store.remove([f"{FOLDER}/video-0/00000.m4s", f"{FOLDER}/main.m3u8"])
    for url in (media, playlist):
        assert ask(place.delivery, url, headers={"Range": "bytes=100-199999"}).status == 404
        assert ask(place.delivery, url, method="HEAD").status == 404


def test_a_bucket_that_is_gone_and_back(
    flaky_s3: Flaky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PAUSE_S", 0.0)
    place = in_bucket(flaky_s3, tmp_path)
    media, playlist, other = (
        place.url(path) for path in ("video-0/00000.m4s", "main.m3u8", "video-0/init.mp4")
    )
    ranged = {"Range": "bytes=0-999"}
    ask(place.delivery, playlist)
    ask(place.delivery, media, headers=ranged)
    flaky_s3.fault = lambda _: Fault(403, b"<Error><Code>AccessDenied</Code></Error>")
    assert ask(place.delivery, playlist).body == PLAYLIST, "what is kept whole goes on playing"
    assert ask(place.delivery, media, headers=ranged).body == MEDIA[:1000]
    answer = ask(place.delivery, other)
    assert (answer.status, answer["retry-after"]) == (503, "5")
    flaky_s3.fault = lambda _: None
    assert ask(place.delivery, other).status == 200


def test_a_bucket_that_does_not_answer_is_left_alone_for_a_while(
    flaky_s3: Flaky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "PAUSE_S", 600.0)
    place = in_bucket(flaky_s3, tmp_path)
    flaky_s3.fault = lambda _: Fault(403, b"<Error><Code>AccessDenied</Code></Error>")
    assert ask(place.delivery, place.url("main.m3u8")).status == 503
    before = len(flaky_s3.asked)
    for _ in range(5):
        assert ask(place.delivery, place.url("main.m3u8")).status == 503
    assert len(flaky_s3.asked) == before
