"""The contract of a store (`codek7_open_store`)."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest

from codek7.core.errors import Codek7Error, KeyInvalid, ObjectNotFound, StoreError
from codek7.core.hooks import Hooks
from codek7.core.ports import Store
from codek7.testing.plugin import PluginContract

MANY = 1100
"""More objects than S3 lists or removes at once."""
BIG_BYTES = 20_000_000
"""More bytes than a store would send in one piece."""

HOSTILE_KEYS = (
    "", ".", "..", "/", "a/", "/a", "a//b", "../a", "a/../b", "a/./b", "a/..", "./a", "/etc/passwd", "a\\b",
    "..\\a", "a b", "a\n", "a\x00b", "~a", "a%2fb", "ä", "\u202ea", "a:b", "C:a", "s3://b/c", "a?b", "a#b",
    "a*", "$a", "`a`", "'a'", "a;b", "\ud800", ".tmp~/a", "a" * 256, "a/" * 450 + "a",
)  # fmt: skip
RANGES = (
    (0, 0),
    (0, 1),
    (0, 10),
    (0, None),
    (3, 4),
    (3, None),
    (9, 1),
    (9, 5),
    (10, 1),
    (10, None),
    (99, 5),
    (0, 99),
)

_KEY_CALLS: Mapping[str, Callable[[Store, str, Path], object]] = {
    "put": lambda store, key, _: store.put(key, b"x"),
    "put_file": lambda store, key, path: store.put_file(key, path),
    "get": lambda store, key, _: store.get(key),
    "get a range": lambda store, key, _: store.get(key, 1, 0),
    "stat": lambda store, key, _: store.stat(key),
    "copy from": lambda store, key, _: store.copy(key, "to"),
    "copy to": lambda store, key, _: store.copy("kept", key),
    "remove": lambda store, key, _: store.remove(["kept", key]),
    "local_path": lambda store, key, _: store.local_path(key),
    "public_url": lambda store, key, _: store.public_url(key),
}


class StoreContract(PluginContract):
    """Override `plugin`, `url` (an empty place, new for each test) and, where it needs any, `options`."""

    hook: ClassVar[str] = "codek7_open_store"
    meeting_key: ClassVar[str] = "shared/folder/{turn}/{writer}"
    """Where writers meet who write and remove. Change it only where the server behind the store, not the
    store, loses objects in folders that somebody else empties."""

    @pytest.fixture
    def url(self) -> str:
        """Where the store is, without credentials."""
        raise NotImplementedError("override the fixture `url`: return the URL of an empty place")

    @pytest.fixture
    def options(self) -> Mapping[str, str]:
        """What it is opened with; those named `secret` and `token` must never be seen again."""
        return {}

    @pytest.fixture
    def open_store(self, hooks: Hooks, url: str, options: Mapping[str, str]) -> Callable[[], Store]:
        """Opens the store anew, as another process would."""
        return lambda: hooks.open_store(url, options)

    @pytest.fixture
    def store(self, open_store: Callable[[], Store]) -> Store:
        """The store, without objects."""
        return open_store()

    def test_it_is_a_store(self, store: Store) -> None:
        assert isinstance(store, Store)
        assert list(store.keys("")) == []

    def test_what_is_put_can_be_got(self, store: Store) -> None:
        for body in (b"", b"\x00", bytes(range(256)) * 100, b"shorter"):
            store.put("a/b.bin", body)
            assert store.get("a/b.bin") == body
            found = store.stat("a/b.bin")
            assert found is not None
            assert found.size_bytes == len(body)
            assert found.modified_us > 1_000_000 * 1_000_000_000, "microseconds since 1970"

    def test_ranges_are_cut_at_the_end(self, store: Store) -> None:
        for body in (b"0123456789", b""):
            store.put("ranges", body)
            for start, length in RANGES:
                expected = body[start : None if length is None else start + length]
                assert store.get("ranges", start, length) == expected, (start, length)

    def test_ranges_cannot_be_negative(self, store: Store) -> None:
        store.put("ranges", b"0123456789")
        for start, length in ((-1, None), (-1, 1), (0, -1)):
            with pytest.raises(ValueError, match="range"):
                store.get("ranges", start, length)

    def test_what_is_missing_is_said_to_be(self, store: Store) -> None:
        store.put("a/b/c", b"x")
        for key in ("a", "a/b", "a/b/c/d", "a/b/C", "a/b/c.", "nothing/here"):
            assert store.stat(key) is None
            for attempt in (
                lambda key=key: store.get(key),
                lambda key=key: store.get(key, 0, 0),
                lambda key=key: store.get(key, 5, 5),
                lambda key=key: store.copy(key, "to"),
                lambda key=key: store.copy(key, key),
            ):
                with pytest.raises(ObjectNotFound):
                    attempt()
        assert list(store.keys("")) == ["a/b/c"]

    def test_the_etag_changes_with_the_bytes(self, store: Store) -> None:
        etags = []
        for body in (b"one", b"two", b"six", b"three", b""):
            store.put("changing", body)
            found = store.stat("changing")
            assert found is not None
            etags.append(found.etag)
            assert store.stat("changing") == found, "looking changes nothing"
        assert len(set(etags)) == len(etags)

    def test_a_copy_is_another_name_for_the_bytes(self, store: Store) -> None:
        store.put("from", b"first")
        store.put("replaced", b"something longer")
        for to in ("to/here", "replaced", "from"):
            store.copy("from", to)
        store.put("from", b"second")
        assert (store.get("to/here"), store.get("replaced")) == (b"first", b"first")
        store.remove(["from"])
        assert store.get("to/here") == b"first"
        store.copy("to/here", "from")
        store.put("to/here", b"third")
        assert store.get("from") == b"first"

    def test_a_file_becomes_an_object(self, store: Store, tmp_path: Path) -> None:
        for body in (b"", b"some bytes", b"some other bytes"):
            path = tmp_path / "file"
            path.write_bytes(body)
            store.put_file("from/file", path)
            assert store.get("from/file") == body
        with pytest.raises(StoreError):
            store.put_file("from/nothing", tmp_path / "not there")
        assert list(store.keys("")) == ["from/file"]

    def test_big_objects(self, store: Store, tmp_path: Path) -> None:
        body = os.urandom(BIG_BYTES)
        store.put("big/put", body)
        path = tmp_path / "file"
        path.write_bytes(body)
        store.put_file("big/file", path)
        store.copy("big/file", "big/copy")
        for key in store.keys("big/"):
            assert store.get(key) == body
            assert store.get(key, 17_000_000, 10) == body[17_000_000:17_000_010]

    def test_keys_come_in_order_and_by_prefix(self, store: Store) -> None:
        keys = [
            "a-b/c",
            "a.b/c",
            "a/B",
            "a/b-c",
            "a/b/c/d",
            "a/b0",
            "a0",
            "ab",
            "b",
            "b.",
            "_",
            "A/z",
            "c/.d/e",
        ]
        for key in keys:
            store.put(key, key.encode())
        assert list(store.keys("")) == sorted(keys)
        for prefix in (
            "a",
            "a/",
            "a/b",
            "a/b/",
            "a/b/c/d",
            "a/b/c/d/",
            "b",
            "c/.",
            "nothing",
            "nothing/at/all",
        ):
            expected = sorted(key for key in keys if key.startswith(prefix))
            assert list(store.keys(prefix)) == expected, prefix

    def test_many_objects(self, store: Store) -> None:
        keys = [f"many/{number % 7}/{number:04}" for number in range(MANY)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: store.put(key, b"x"), keys))
        store.put("other", b"x")
        assert list(store.keys("many/")) == sorted(keys)
        store.remove(keys)
        assert list(store.keys("")) == ["other"]

    def test_removing_twice_is_no_matter(self, store: Store) -> None:
        for key in ("a/b/c", "a/b/d", "a/e"):
            store.put(key, b"x")
        for _ in range(2):
            store.remove(["a/b/c", "a/b/c", "never/was", "a/b"])
            assert list(store.keys("")) == ["a/b/d", "a/e"]
        store.remove([])
        store.remove(["a/b/d", "a/e"])
        assert list(store.keys("")) == []
        store.put("a", b"where a folder was")
        assert store.get("a") == b"where a folder was"

    def test_hostile_keys_reach_nothing(self, store: Store, tmp_path: Path) -> None:
        store.put("kept", b"x")
        path = tmp_path / "file"
        path.write_bytes(b"x")
        for call in _KEY_CALLS.values():
            for key in HOSTILE_KEYS:
                with pytest.raises(KeyInvalid):
                    call(store, key, path)
                assert path.exists(), "a file that is not taken over stays"
        assert list(store.keys("")) == ["kept"]

    def test_hostile_prefixes_list_nothing(self, store: Store) -> None:
        store.put("a/b", b"x")
        for prefix in set(HOSTILE_KEYS) - {"", "a/", ".", "..", "a/.."}:  # those may begin a key
            with pytest.raises(KeyInvalid):
                list(store.keys(prefix))
        assert list(store.keys("..")) == list(store.keys("a/..")) == []

    def test_long_keys(self, store: Store) -> None:
        for key in ("p" * 255, "/".join(["q" * 224] * 4)):
            store.put(key, b"long")
            assert store.get(key) == b"long"
            assert list(store.keys(key[:-1])) == [key]

    def test_readers_see_whole_objects_while_others_write(self, open_store: Callable[[], Store]) -> None:
        """Two bodies of different sizes take turns; whoever reads gets the one or the other."""
        bodies = {b"A" * 200_000, b"B" * 300_000}
        writer, reader = open_store(), open_store()
        writer.put("turns", min(bodies))

        def write() -> None:
            for _ in range(15):
                for body in sorted(bodies):
                    writer.put("turns", body)

        def read() -> set[bytes]:
            return {reader.get("turns") for _ in range(30)}

        with ThreadPoolExecutor(4) as pool:
            writing = [pool.submit(write) for _ in range(2)]
            seen = [pool.submit(read) for _ in range(2)]
            assert all(future.result() <= bodies for future in seen)
            assert all(future.result() is None for future in writing)
        assert reader.get("turns") in bodies

    def test_removing_beside_writers_loses_nothing(self, open_store: Callable[[], Store]) -> None:
        """Folders that empty and fill again at the same moment."""
        store = open_store()
        store.put("stays/here", b"x")

        def come_and_go(writer: int) -> None:
            mine = open_store()
            for turn in range(25):
                key = self.meeting_key.format(turn=turn % 2, writer=writer)
                mine.put(key, b"x")
                assert mine.get(key) == b"x"
                mine.remove([key])
            mine.put(f"stays/{writer}", b"x")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(come_and_go, range(4)))
        assert list(store.keys("")) == [*(f"stays/{writer}" for writer in range(4)), "stays/here"]

    def test_two_openers_see_each_other(self, open_store: Callable[[], Store]) -> None:
        one, other = open_store(), open_store()
        assert one.url == other.url
        assert (list(other.keys("")), other.stat("key")) == ([], None)
        one.put("key", b"first")
        assert (list(other.keys("")), other.get("key")) == (["key"], b"first")
        other.put("key", b"second")
        assert one.get("key") == b"second"
        assert one.stat("key") == other.stat("key")
        one.remove(["key"])
        assert (list(other.keys("")), other.stat("key")) == ([], None)

    def test_addresses(self, store: Store) -> None:
        store.put("a/b", b"bytes")
        path = store.local_path("a/b")
        assert path is None or path.read_bytes() == b"bytes"
        assert re.fullmatch(r"[a-z0-9]+://.*a/b", store.public_url("a/b"))

    def test_secrets_stay_secret(
        self, store: Store, options: Mapping[str, str], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        store.put("key", b"x")
        said = [repr(store), str(store), store.url, store.public_url("key"), repr(store.stat("key"))]
        for key in ("missing", "../hostile"):
            with pytest.raises(Codek7Error) as caught:
                store.get(key)
            said += [str(caught.value), repr(caught.value)]
        for secret in (options.get("secret"), options.get("token")):
            assert not secret or all(secret not in text for text in (*said, caplog.text))
