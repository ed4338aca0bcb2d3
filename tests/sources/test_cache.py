"""The cache of fetched sources stays below its bound, and what is used stays."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from codek7.core.errors import SourceNotFound
from codek7.sources import hold, open_local
from codek7.sources.cache import IN_USE_S, forget, make_room
from tests.sources.conftest import Fetch, Question, Web, serve, stored

SIZE = 100_000


@pytest.fixture
def several(web: Web) -> Web:
    """A server with a different source of `SIZE` bytes behind every path."""

    def reply(question: Question) -> object:
        body = question.path.encode().ljust(SIZE, b".")
        return serve(body, question, etag=f'"{question.path}"')

    web.reply = reply  # type: ignore[assignment]
    return web


def age(path: Path, seconds: float) -> Path:
    """As if it was asked for so long ago."""
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def test_the_longest_unused_goes_first(fetch: Fetch, several: Web, cache: Path) -> None:
    paths = [age(fetch(several.url(name))[1], IN_USE_S * 10 - at) for at, name in enumerate("abc")]
    age(paths[0], IN_USE_S * 2)
    newest = fetch(several.url("d"), cache_bytes=3 * SIZE)[1]
    assert stored(cache) == sorted(path.name for path in (paths[0], paths[2], newest))


def test_using_it_again_makes_it_new(fetch: Fetch, several: Web, cache: Path) -> None:
    sources = {name: fetch(several.url(name)) for name in "ab"}
    for at, (_, path) in enumerate(sources.values()):
        age(path, IN_USE_S * 10 - at)
    open_local(sources["a"][0], cache)
    fetch(several.url("c"), cache_bytes=2 * SIZE)
    assert sources["a"][1].exists()
    assert not sources["b"][1].exists()


def test_what_is_forgotten_goes_with_what_was_made_of_it(fetch: Fetch, several: Web, cache: Path) -> None:
    source, path = fetch(several.url("a"))
    other = fetch(several.url("b"))[1]
    (cache / "references").mkdir()
    made = [cache / "references" / f"{name}-key" for name in (source.sha256, other.name)]
    for each in made:
        each.touch()
    with hold(path, cache):
        forget(cache, source.sha256)
        assert (path.exists(), other.exists()) == (True, True), "somebody is at it"
        assert [each.exists() for each in made] == [False, True]
    forget(cache, source.sha256)
    assert stored(cache) == [other.name]


def test_what_was_asked_for_lately_stays(fetch: Fetch, several: Web, cache: Path) -> None:
    for name in "abc":
        fetch(several.url(name), cache_bytes=SIZE)
    assert len(stored(cache)) == 3


def test_one_that_is_larger_than_the_bound_is_fetched_all_the_same(fetch: Fetch, several: Web) -> None:
    assert fetch(several.url("a"), cache_bytes=1)[1].stat().st_size == SIZE


def test_what_is_held_stays(fetch: Fetch, several: Web, cache: Path) -> None:
    path = age(fetch(several.url("a"))[1], IN_USE_S * 10)
    with hold(path, cache), hold(path, cache):
        make_room(cache, 0, 0)
        assert path.exists()
    make_room(cache, None, 0)
    assert path.exists(), "without a bound nothing has to go"
    make_room(cache, 0, 0)
    assert not path.exists()
    with pytest.raises(SourceNotFound), hold(path, cache):
        pass


def test_holding_what_is_elsewhere_does_nothing(cache: Path, tmp_path: Path) -> None:
    with hold(tmp_path / "nothing", cache):
        assert not cache.exists()


def test_what_is_being_written_stays(fetch: Fetch, several: Web, cache: Path) -> None:
    """However long it takes; only what nobody writes any more is left over."""
    begun, go_on = threading.Event(), threading.Event()

    def wait(*_: int) -> None:
        begun.set()
        assert go_on.wait(60)

    writer = threading.Thread(target=fetch, args=(several.url("a"),), kwargs={"on_progress": wait})
    writer.start()
    assert begun.wait(60)
    (partial,) = (cache / "sources").iterdir()
    age(partial, IN_USE_S * 10)
    left_over = partial.with_name(".part-left-over")
    left_over.write_bytes(b"half")
    make_room(cache, 0, 0)
    assert partial.exists()
    assert not left_over.exists()
    go_on.set()
    writer.join()
    assert len(stored(cache)) == 1
