"""Local files: hashed where they are, once while they stay as they are."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from codek7.core.errors import Interrupted, MediaRefused, MediaTooBig, MediaUnreadable, SourceNotFound
from codek7.core.media import Limits
from codek7.sources import hashing, open_local
from codek7.sources.notes import MOST, Note, Notes
from tests.sources.conftest import Fetch

BODY = os.urandom(9_000_000)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "a clip, ünïcode & 100%.mp4"
    path.write_bytes(BODY)
    return path


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files written a moment ago count as settled."""
    monkeypatch.setattr(hashing, "SETTLED_NS", 0)


def reads(fetch: Fetch, path: Path) -> bool:
    """Whether the file is read to be hashed."""
    heard: list[int] = []
    fetch(str(path), on_progress=lambda done, _: heard.append(done))
    return bool(heard)


def test_a_file_is_used_in_place(fetch: Fetch, clip: Path) -> None:
    heard: list[tuple[int, int]] = []
    source, path = fetch(str(clip), on_progress=lambda done, size: heard.append((done, size)))
    assert path == clip
    assert source.uri == str(clip)
    assert (source.sha256, source.size_bytes) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert heard == sorted(heard)
    assert heard[-1] == (len(BODY), len(BODY))


def test_every_way_to_name_it_is_the_same_source(
    fetch: Fetch, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    named = [fetch(name)[0] for name in (clip.name, f"./{clip.name}", clip.as_uri(), str(clip))]
    assert len(set(named)) == 1
    link = tmp_path / "link"
    link.symlink_to(clip)
    source, path = fetch(str(link))
    assert (source.sha256, path) == (named[0].sha256, link)


def test_an_empty_file_has_a_hash(fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    source, _ = fetch(str(tmp_path / "empty"))
    assert (source.sha256, source.size_bytes) == (hashlib.sha256().hexdigest(), 0)


def test_a_name_that_is_no_unicode(fetch: Fetch, tmp_path: Path, cache: Path) -> None:
    clip = tmp_path / os.fsdecode(b"\xff\xfe.mp4")
    clip.write_bytes(b"x")
    source, path = fetch(str(clip))
    assert path == clip
    assert source.uri.encode("ascii")
    assert open_local(source, cache) == clip


def test_what_is_no_file_is_refused_at_once(fetch: Fetch, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "socket"))
        for path, kind in (
            (tmp_path, "folder"), (tmp_path / "pipe", "pipe"), (tmp_path / "socket", "socket"),
            (Path("/dev/null"), "device"), (Path("/dev/zero"), "device"),
        ):  # fmt: skip
            with pytest.raises(MediaRefused, match=kind):
                fetch(str(path))


@pytest.mark.parametrize("name", ["nothing", "nothing/at/all", "file/below", "loop", "a\0b", "x" * 5000, ""])
def test_what_is_not_there(fetch: Fetch, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises((SourceNotFound, MediaRefused)):
        fetch(f"{tmp_path}/{name}")


def test_the_limit_is_known_before_reading(fetch: Fetch, clip: Path) -> None:
    fetch(str(clip), limits=Limits(max_size_bytes=len(BODY)))
    with pytest.raises(MediaTooBig):
        fetch(str(clip), limits=Limits(max_size_bytes=len(BODY) - 1))


def test_reading_can_be_stopped(fetch: Fetch, clip: Path) -> None:
    with pytest.raises(Interrupted):
        fetch(str(clip), cancelled=lambda: True)


@pytest.mark.parametrize("change", ["grow", "shrink", "rewrite"])
def test_a_file_that_changes_while_it_is_read(fetch: Fetch, clip: Path, change: str) -> None:
    def meddle(done: int, _: int) -> None:
        if change == "grow":
            with clip.open("ab") as file:
                file.write(b"more")
        elif change == "shrink":
            os.truncate(clip, done)
        else:
            os.utime(clip, ns=(1, 1))

    with pytest.raises(MediaUnreadable, match="changed"):
        fetch(str(clip), on_progress=meddle)


@pytest.mark.usefixtures("settled")
def test_an_unchanged_file_is_read_once(fetch: Fetch, clip: Path, tmp_path: Path) -> None:
    first, _ = fetch(str(clip))
    assert not reads(fetch, clip)
    assert fetch(str(clip))[0] == first
    (tmp_path / "link").symlink_to(clip)
    assert not reads(fetch, tmp_path / "link")


@pytest.mark.usefixtures("settled")
def test_a_changed_file_is_read_again_even_with_its_old_time(fetch: Fetch, clip: Path) -> None:
    first, _ = fetch(str(clip))
    times = (clip.stat().st_atime_ns, clip.stat().st_mtime_ns)
    clip.write_bytes(BODY[::-1])
    os.utime(clip, ns=times)
    second, _ = fetch(str(clip))
    assert second.size_bytes == first.size_bytes
    assert second.sha256 == hashlib.sha256(BODY[::-1]).hexdigest()


@pytest.mark.usefixtures("settled")
def test_another_file_in_its_place_is_read(fetch: Fetch, clip: Path, tmp_path: Path) -> None:
    fetch(str(clip))
    (tmp_path / "other").write_bytes(BODY[::-1])
    (tmp_path / "other").replace(clip)
    assert reads(fetch, clip)


def test_a_file_that_changed_just_now_is_not_remembered(
    fetch: Fetch, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "SETTLED_NS", 600 * hashing.SETTLED_NS)  # however slow the machine is
    fetch(str(clip))
    assert reads(fetch, clip)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'[["a", {"mark": 1}]]', b"\xff" * 100])
def test_damaged_notes_only_cost_time(fetch: Fetch, clip: Path, cache: Path, damage: bytes) -> None:
    first, _ = fetch(str(clip))
    (cache / "hashes.json").write_bytes(damage)
    assert fetch(str(clip))[0] == first
    assert not reads(fetch, clip)


def test_notes_are_bounded(tmp_path: Path) -> None:
    notes = Notes(tmp_path / "notes.json")
    note = Note(mark="m", sha256="0" * 64, size_bytes=1)
    for number in range(MOST + 10):
        notes.keep(str(number), note)
    assert notes.find("0", "m") is None
    assert notes.find(str(MOST + 9), "m") == note
    assert notes.find(str(MOST + 9), "other") is None
    assert [path.name for path in tmp_path.iterdir()] == ["notes.json"]


def test_opening_again(fetch: Fetch, clip: Path, cache: Path) -> None:
    source, _ = fetch(str(clip))
    assert open_local(source, cache) == clip
    for change in (BODY[::-1], BODY + b"more", b"less"):
        clip.write_bytes(change)
        with pytest.raises(SourceNotFound, match="changed"):
            open_local(source, cache)
    clip.unlink()
    with pytest.raises(SourceNotFound):
        open_local(source, cache)
