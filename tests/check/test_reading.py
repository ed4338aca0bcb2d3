"""Where a check reads from: one folder and nothing beside it, or any function."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7.check import LocalFetch, check_presentation
from codek7.check.fetch import LARGEST_PLAYLIST_BYTES

SECRET = b"WEBVTT\n\nnot yours\n"


def _playlist(uri: str) -> str:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:4", "#EXT-X-PLAYLIST-TYPE:VOD"]
    return "\n".join([*lines, "#EXTINF:4.0,", uri, "#EXT-X-ENDLIST", ""])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.vtt").write_bytes(SECRET)
    folder = tmp_path / "hls"
    folder.mkdir()
    (folder / "link.vtt").symlink_to(tmp_path / "secret.vtt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "fine.vtt").write_bytes(SECRET)
    return folder


@pytest.mark.parametrize(
    "uri",
    ["../secret.vtt", "%2e%2e/secret.vtt", "link.vtt", "up/secret.vtt", "/etc/hostname", "file:///etc/hostname",
     "http://127.0.0.1:9/x.vtt", "loop", "a%00b", "gone.vtt", ".", "x" * 5000],
)  # fmt: skip
def test_nothing_outside_the_folder_is_read(root: Path, uri: str) -> None:
    (root / "main.m3u8").write_text(_playlist(uri))
    report = check_presentation(root / "main.m3u8")
    assert [fault.rule for fault in report.faults] == ["codek7.unreadable"]


def test_a_file_inside_is_read(root: Path) -> None:
    (root / "main.m3u8").write_text(_playlist("fine.vtt"))
    assert check_presentation(root / "main.m3u8").ok


def test_a_wider_root_may_be_named(root: Path) -> None:
    (root / "main.m3u8").write_text(_playlist("../secret.vtt"))
    assert check_presentation("hls/main.m3u8", fetch=LocalFetch(root.parent)).ok


def test_a_playlist_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    report = check_presentation(tmp_path / "gone.m3u8")
    assert [fault.rule for fault in report.faults] == ["codek7.playlist-unreadable"]
    assert (report.playlists, report.segments) == (0, 0)


def test_a_playlist_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "main.m3u8"
    with path.open("wb") as file:
        file.truncate(LARGEST_PLAYLIST_BYTES + 1)
    report = check_presentation(path)
    assert [fault.rule for fault in report.faults] == ["codek7.playlist-unreadable"]


def test_any_function_can_be_read_from(sound_fmp4: Path) -> None:
    asked: list[tuple[str, int, int | None]] = []
    objects = {f"assets/1/{path.name}": path.read_bytes() for path in sound_fmp4.iterdir()}

    def read(uri: str, start: int, length: int | None) -> bytes:
        asked.append((uri, start, length))
        return objects[uri][start : None if length is None else start + length]

    report = check_presentation("assets/1/main.m3u8", fetch=read)
    assert report.faults == ()
    media = [one for one in asked if one[0].endswith((".m4s", ".vtt"))]
    assert len(media) == len(set(media)), "something is read twice"


def test_what_a_function_raises_is_a_fault(sound_fmp4: Path) -> None:
    def read(uri: str, start: int, length: int | None) -> bytes:
        if uri.endswith("v0.m4s"):
            raise OSError("the bucket is away")
        return (sound_fmp4 / uri).read_bytes()[start : None if length is None else start + length]

    report = check_presentation("main.m3u8", fetch=read)
    assert {fault.rule for fault in report.faults} == {"codek7.unreadable"}
    assert "the bucket is away" in report.faults[0].found


@pytest.mark.parametrize("body", [b"", b"one\ntwo\nthree\n", bytes(range(256)) * 40])
def test_what_is_no_playlist_is_one_fault(root: Path, body: bytes) -> None:
    (root / "main.m3u8").write_bytes(body)
    report = check_presentation(root / "main.m3u8")
    assert [fault.rule for fault in report.faults] == ["codek7.playlist-unreadable"]
