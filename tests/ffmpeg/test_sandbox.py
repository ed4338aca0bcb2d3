"""What ffmpeg can reach from inside bubblewrap. Each refusal is also tried outside, where it must succeed."""

import os
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from codek7.ffmpeg.process import Ran, run
from codek7.ffmpeg.sandbox import Sandbox, find_sandbox
from tests.conftest import MakeClip

pytestmark = [
    pytest.mark.media,
    pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux only"),
]


@pytest.fixture(autouse=True)
def cage(ffmpeg: str) -> Sandbox:
    assert shutil.which("bwrap"), "run `make test-setup`"
    sandbox = find_sandbox(ffmpeg)
    if sandbox.why_not:
        pytest.skip(sandbox.why_not)
    return sandbox


@pytest.fixture
def clip(make_clip: MakeClip, tmp_path: Path) -> Path:
    return Path(shutil.copy(make_clip("small", seconds=1.0), tmp_path / "clip.mp4"))


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def copy(ffmpeg: str, clip: Path, to: Path | str, work: Path, *reads: Path, sandbox: bool = True) -> Ran:
    argv = [ffmpeg, "-y", "-i", str(clip), "-c", "copy", str(to)]
    return run(argv, folder=work, reads=reads, sandbox=sandbox)


def test_the_named_source_is_read_and_the_folder_written(ffmpeg: str, clip: Path, work: Path) -> None:
    assert copy(ffmpeg, clip, "o.mp4", work, clip).outcome == "done"
    assert (work / "o.mp4").stat().st_size > 1000


def test_no_other_file_is_there(ffmpeg: str, clip: Path, work: Path) -> None:
    secret = Path(shutil.copy(clip, clip.with_name("secret.mp4")))
    inside = copy(ffmpeg, secret, "o.mp4", work, clip)
    assert inside.outcome == "failed"
    assert "No such file or directory" in inside.tail
    assert copy(ffmpeg, secret, "o.mp4", work, clip, sandbox=False).outcome == "done"


def test_nothing_but_the_folder_can_be_written(ffmpeg: str, clip: Path, work: Path) -> None:
    before = clip.read_bytes()
    again = Path(shutil.copy(clip, clip.with_name("again.mp4")))
    over = copy(ffmpeg, again, clip, work, again, clip)
    beside = copy(ffmpeg, clip, clip.with_name("beside.mp4"), work, clip)
    assert (over.outcome, beside.outcome) == ("failed", "failed")
    assert "Read-only file system" in beside.tail
    assert clip.read_bytes() == before
    assert not clip.with_name("beside.mp4").exists()
    assert copy(ffmpeg, again, clip, work, again, clip, sandbox=False).outcome == "done"


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and who called."""
    callers: list[str] = []

    def answer() -> None:
        while True:
            try:
                connection, address = listening.accept()
            except OSError:
                return
            callers.append(address[0])
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/clip.mp4", callers
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def test_there_is_no_network(ffmpeg: str, work: Path, server: tuple[str, list[str]]) -> None:
    address, callers = server
    argv = [ffmpeg, "-i", address, "-c", "copy", "o.mp4"]
    run(argv, folder=work)
    assert callers == []
    run(argv, folder=work, sandbox=False)
    assert callers != []


def test_the_bytes_are_the_same_inside_and_outside(ffmpeg: str, clip: Path, work: Path) -> None:
    argv = [ffmpeg, "-y", "-i", str(clip), "-map", "0:v", "-c:v", "libx264", "-maxrate", "200k"]
    argv += ["-bufsize", "200k", "-flags:v", "+bitexact", "o.mp4"]
    written = []
    for sandbox in (True, False):
        assert run(argv, folder=work, reads=[clip], sandbox=sandbox).outcome == "done"
        written.append((work / "o.mp4").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("name", ["a b", "-i", "ünï€", "$(id)", "new\nline", "'\""])
def test_any_name_will_do(ffmpeg: str, clip: Path, tmp_path: Path, name: str) -> None:
    folder, source = tmp_path / name, tmp_path / f"{name}.mp4"
    folder.mkdir()
    clip.rename(source)
    assert copy(ffmpeg, source, "o.mp4", folder, source).outcome == "done"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root reads files that are not for it")
def test_root_reads_other_users_files_inside_too(ffmpeg: str, clip: Path, work: Path) -> None:
    os.chown(clip, 12345, 12345)
    clip.chmod(0o400)
    assert copy(ffmpeg, clip, "o.mp4", work, clip).outcome == "done"


def test_without_bubblewrap_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = find_sandbox(str(tmp_path / "first"))
    assert "not installed" in missing.why_not
    assert missing.around(["/bin/true"], tmp_path, ()) == ["/bin/true"]


def test_a_bubblewrap_that_is_forbidden_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bwrap = tmp_path / "bwrap"
    bwrap.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    bwrap.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "No permissions to create new namespace" in find_sandbox(str(tmp_path / "second")).why_not
