"""A store in a folder: what the operating system may do to it, and what may lie in it."""

from __future__ import annotations

import errno
import itertools
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codek7.core.errors import DiskFull, KeyInvalid, ObjectNotFound, StoreUnavailable
from codek7.plugins.store_fsspec.local import ASIDE, STALE_S, LocalStore


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> LocalStore:
    return LocalStore(root)


def files_below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


def failing(code: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_full_disk_is_said_and_leaves_what_was(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, tmp_path: Path
) -> None:
    store.put("a/b", b"before")
    path = tmp_path / "file"
    path.write_bytes(b"after")
    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing(code))
        with pytest.raises(DiskFull, match="a/b"):
            store.put("a/b", b"after")
        if call != "write":
            with pytest.raises(DiskFull, match="a/b"):
                store.put_file("a/b", path)
    assert store.get("a/b") == b"before"
    assert files_below(root) == {"a/b"}
    assert path.read_bytes() == b"after"
    store.put("a/b", b"after")
    assert store.get("a/b") == b"after"


def test_other_trouble_names_its_reason(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("a", b"x")
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    with pytest.raises(StoreUnavailable, match=os.strerror(errno.EIO)):
        store.put("a", b"y")


def test_a_root_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    store = LocalStore(tmp_path / "file")
    with pytest.raises(StoreUnavailable):
        store.put("a", b"x")
    with pytest.raises(ObjectNotFound):
        store.get("a")
    assert list(store.keys("")) == []


def test_a_file_is_moved_in(store: LocalStore, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    inode = path.stat().st_ino
    store.put_file("a/b", path)
    assert not path.exists()
    assert (root / "a/b").stat().st_ino == inode


def test_a_file_on_another_file_system_is_copied(
    store: LocalStore, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 10_000)
    replace = os.replace

    def no_crossing(source: Any, *rest: Any, **named: Any) -> None:
        if source == path:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        replace(source, *rest, **named)

    monkeypatch.setattr(os, "replace", no_crossing)
    store.put_file("a/b", path)
    assert (root / "a/b").read_bytes() == path.read_bytes()
    assert files_below(root) == {"a/b"}


def test_files_with_other_names_stay_their_own(store: LocalStore, root: Path, tmp_path: Path) -> None:
    """Whoever writes to the other name, or through the link, must not change the object."""
    original, second, link = tmp_path / "original", tmp_path / "second", tmp_path / "link"
    original.write_bytes(b"bytes")
    second.hardlink_to(original)
    link.symlink_to(original)
    for key, path in (("hard", second), ("soft", link)):
        store.put_file(key, path)
        assert path.exists()
        assert not (root / key).is_symlink()
    original.write_bytes(b"other")
    assert (store.get("hard"), store.get("soft")) == (b"bytes", b"bytes")


@pytest.mark.parametrize("special", ["folder", "fifo"])
def test_only_files_become_objects(store: LocalStore, tmp_path: Path, special: str) -> None:
    path = tmp_path / special
    if special == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(StoreUnavailable):
        store.put_file("a", path)
    assert list(store.keys("")) == []


def test_a_copy_is_a_hard_link(store: LocalStore, root: Path) -> None:
    store.put("a", b"bytes")
    store.copy("a", "b/c")
    assert (root / "a").samefile(root / "b/c")
    store.copy("a", "b/c")
    assert files_below(root) == {"a", "b/c"}


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP])
def test_a_copy_without_links_is_a_copy(
    store: LocalStore, root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    body = os.urandom(3_000_000)
    store.put("a", body)
    monkeypatch.setattr(os, "link", failing(code))
    store.copy("a", "b/c")
    monkeypatch.setattr(os, "copy_file_range", failing(errno.EINVAL), raising=False)
    store.copy("a", "b/d")
    assert store.get("b/c") == store.get("b/d") == body
    assert not (root / "a").samefile(root / "b/c")
    assert files_below(root) == {"a", "b/c", "b/d"}


def test_symbolic_links_lead_nowhere(store: LocalStore, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    root.mkdir()
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    assert list(store.keys("")) == list(store.keys("folder/")) == []
    for key in ("folder/secret", "file"):
        assert store.stat(key) is None
        for read in (store.get, store.local_path, lambda key: store.copy(key, "stolen")):
            with pytest.raises(ObjectNotFound):
                read(key)
    with pytest.raises(KeyInvalid):
        store.put("folder/new", b"x")
    store.remove(["folder/secret"])
    store.put("file", b"mine")
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"secret": b"secret"}
    assert store.get("file") == b"mine"


def test_what_is_no_object_is_not_shown_nor_waited_for(store: LocalStore, root: Path) -> None:
    store.put("a/b", b"x")
    os.mkfifo(root / "a/pipe")
    (root / "a/not a key").write_bytes(b"x")
    assert list(store.keys("")) == ["a/b"]
    assert store.stat("a/pipe") is None
    with pytest.raises(ObjectNotFound):
        store.get("a/pipe")


def test_an_object_and_a_folder_cannot_share_a_name(store: LocalStore) -> None:
    store.put("a/b", b"x")
    for key in ("a", "a/b/c"):
        with pytest.raises(KeyInvalid):
            store.put(key, b"y")
    store.remove(["a/b/c"])
    assert store.get("a/b") == b"x"


def test_empty_folders_go_with_their_last_object(store: LocalStore, root: Path) -> None:
    for key in ("a/b/c/d", "a/e"):
        store.put(key, b"x")
    store.remove(["a/b/c/d"])
    assert sorted(path.name for path in root.iterdir()) == [ASIDE, "a"]
    assert [path.name for path in (root / "a").iterdir()] == ["e"]
    store.remove(["a/e"])
    assert [path.name for path in root.iterdir()] == [ASIDE]


def test_modes_follow_the_umask(store: LocalStore, root: Path, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    path.chmod(0o600)
    before = os.umask(0o027)
    try:
        store.put("a/put", b"x")
        store.put_file("a/file", path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((root / "a").stat().st_mode) == 0o750
    assert {stat.S_IMODE((root / key).stat().st_mode) for key in ("a/put", "a/file")} == {0o640}


def test_what_crashed_writers_left_is_swept(root: Path) -> None:
    aside = root / ASIDE
    aside.mkdir(parents=True)
    for name, age_s in (("old", STALE_S + 60), ("young", 60)):
        (aside / name).write_bytes(b"half")
        os.utime(aside / name, (time.time() - age_s,) * 2)
    store = LocalStore(root)
    assert list(store.keys("")) == []
    store.put("a", b"x")
    assert files_below(root) == {"a", f"{ASIDE}/young"}


def test_a_store_that_is_only_read_is_not_made(store: LocalStore, root: Path) -> None:
    assert list(store.keys("")) == []
    assert store.stat("a") is None
    store.remove(["a"])
    with pytest.raises(ObjectNotFound):
        store.get("a")
    assert not root.exists()


WRITER = """
import itertools, sys
from pathlib import Path
from codek7.plugins.store_fsspec.local import LocalStore
store, file = LocalStore(Path(sys.argv[1])), Path(sys.argv[2])
store.put("turns", b"A" * 100_000)
print("ready", flush=True)
for body in itertools.cycle((b"B" * 300_000, b"A" * 100_000)):
    store.put("turns", body)
    file.write_bytes(body)
    store.put_file("moved/turns", file)
    store.copy("turns", "copied/turns")
    store.remove(["copied/turns"])
"""


def test_a_killed_writer_leaves_whole_objects(store: LocalStore, tmp_path: Path) -> None:
    whole = {b"A" * 100_000, b"B" * 300_000}
    for turn in range(8):
        argv = [sys.executable, "-c", WRITER, str(tmp_path / "store"), str(tmp_path / "file")]
        writer = subprocess.Popen(argv, stdout=subprocess.PIPE)
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(0.013 * turn)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        found = list(store.keys(""))
        assert "turns" in found
        assert set(found) <= {"turns", "moved/turns", "copied/turns"}
        assert all(store.get(key) in whole for key in found)


def test_every_write_has_its_own_etag(store: LocalStore) -> None:
    """Written faster than the file system's clock ticks, with inodes used again."""
    etags = set()
    for number in itertools.islice(itertools.count(), 50):
        store.put("a", b"%03d" % number)
        found = store.stat("a")
        assert found is not None
        etags.add(found.etag)
    assert len(etags) == 50
