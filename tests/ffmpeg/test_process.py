"""How runs end, and what is heard of them meanwhile."""

import os
import shlex
from pathlib import Path

import pytest

from codek7.core.errors import DiskFull, EncodeFailed
from codek7.core.tasks import Progress
from codek7.ffmpeg.process import run
from tests.ffmpeg.processes import running

pytestmark = pytest.mark.media


def source(seconds: float = 1, size: str = "320x180") -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds}"]


def program(path: Path, script: str) -> str:
    """A program that looks at how it was started."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("sandbox", [True, False])
def test_a_run_that_ends_well(ffmpeg: str, tmp_path: Path, sandbox: bool) -> None:
    argv = [ffmpeg, *source(), "-c:v", "libx264", "out file.mp4"]
    ran = run(argv, folder=tmp_path, sandbox=sandbox)
    assert (ran.outcome, ran.returncode, ran.tail) == ("done", 0, "")
    assert (tmp_path / "out file.mp4").stat().st_size > 1000
    assert ran.command == shlex.join(argv)
    assert ran.wall_us > 0
    assert ran.cpu_us > 10_000
    ran.require_done("encoding")


def test_progress_moves_forward_to_the_end(ffmpeg: str, tmp_path: Path) -> None:
    heard: list[Progress] = []
    run([ffmpeg, *source(3), "-c:v", "libx264", "o.mp4"], folder=tmp_path, on_progress=heard.append)
    times = [progress.done_us for progress in heard]
    assert times == sorted(times)
    assert 2_500_000 < times[-1] <= 3_000_000
    assert heard[-1].speed > 0


@pytest.mark.parametrize("sandbox", [True, False])
def test_output_comes_as_it_is_written_and_whole(ffmpeg: str, tmp_path: Path, sandbox: bool) -> None:
    encode = [ffmpeg, *source(2), "-c:v", "libx264", "-threads", "1", "-fflags", "+bitexact"]
    fragmented = ["-movflags", "+frag_keyframe+empty_moov", "-g", "10", "-f", "mp4"]
    heard: list[bytes] = []
    argv = [*encode, *fragmented, "pipe:1"]
    assert run(argv, folder=tmp_path, on_output=heard.append, sandbox=sandbox).outcome == "done"
    assert len(heard) > 1
    assert run([*encode, *fragmented, "o.mp4"], folder=tmp_path, sandbox=sandbox).outcome == "done"
    assert b"".join(heard) == (tmp_path / "o.mp4").read_bytes()


def test_a_failure_says_what_ffmpeg_said(ffmpeg: str, tmp_path: Path) -> None:
    ran = run([ffmpeg, "-i", "nothing.mp4", "o.mp4"], folder=tmp_path)
    assert ran.outcome == "failed"
    assert ran.returncode > 0
    assert "No such file or directory" in ran.tail
    with pytest.raises(EncodeFailed, match=r"encoding chunk 3: ffmpeg ended with code \d+: .*No such file"):
        ran.require_done("encoding chunk 3")
    attempt = ran.attempt(("key",), "ffmpeg@9")
    assert (attempt.keys, attempt.tool, attempt.outcome) == (("key",), "ffmpeg@9", "failed")
    assert (attempt.command, attempt.tail, attempt.cpu_us) == (ran.command, ran.tail, ran.cpu_us)


@pytest.mark.parametrize("sandbox", [True, False])
def test_a_program_that_cannot_be_started_has_failed(tmp_path: Path, sandbox: bool) -> None:
    ran = run(["/no/such/program"], folder=tmp_path, sandbox=sandbox)
    assert ran.outcome == "failed"
    assert "cannot start /no/such/program: No such file or directory" in ran.tail


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_told_from_other_failures(ffmpeg: str, tmp_path: Path) -> None:
    argv = [ffmpeg, *source(), "-c:v", "libx264", "-f", "mpegts", "-y", "/dev/full"]
    ran = run(argv, folder=tmp_path)
    assert ran.disk_full
    with pytest.raises(DiskFull, match="No space left on device") as caught:
        ran.require_done("encoding")
    assert "free some space" in caught.value.hint


def test_no_file_grows_beyond_its_limit(ffmpeg: str, tmp_path: Path) -> None:
    argv = [ffmpeg, *source(2), "-c:v", "rawvideo", "-f", "rawvideo", "o.yuv"]
    ran = run(argv, folder=tmp_path, file_bytes=500_000)
    assert ran.outcome == "failed"
    assert "File too large" in ran.tail
    assert ran.disk_full  # a limit on files, whoever set it, is want of space like any other
    assert (tmp_path / "o.yuv").stat().st_size <= 500_000


def test_memory_has_a_limit(ffmpeg: str, tmp_path: Path) -> None:
    argv = [ffmpeg, *source(1, "1280x720"), "-c:v", "libx264", "o.mp4"]
    assert run(argv, folder=tmp_path, memory_bytes=100_000_000).outcome == "failed"
    assert run([*argv, "-y"], folder=tmp_path, memory_bytes=4_000_000_000).outcome == "done"


def test_what_a_callback_raises_ends_ffmpeg_and_is_raised(ffmpeg: str, tmp_path: Path) -> None:
    def full(_: bytes) -> None:
        raise OSError("the consumer's trouble")

    ours = f"title={tmp_path}"  # tells it from what others run
    argv = [ffmpeg, "-re", *source(10_000), "-metadata", ours, "-f", "nut", "pipe:1"]
    with pytest.raises(OSError, match="the consumer's trouble"):
        run(argv, folder=tmp_path, on_output=full)
    assert running(ffmpeg, ours) == []


def test_control_characters_stay_out_of_the_tail(ffmpeg: str, tmp_path: Path) -> None:
    ran = run([ffmpeg, "-i", "\x1b[31mred\x07\u202e.mp4", "o.mp4"], folder=tmp_path)
    assert "red" in ran.tail
    assert all(char.isprintable() or char == "\n" for char in ran.tail)


def test_names_stay_text_that_can_be_shown_and_kept(ffmpeg: str, tmp_path: Path) -> None:
    ran = run([ffmpeg, "-i", os.fsdecode(b"caf\xe9\x1b[2J.mp4")], folder=tmp_path)
    assert ran.command.endswith("-i 'caf��[2J.mp4'")


def test_only_the_end_of_a_long_output_is_kept(tmp_path: Path) -> None:
    talk = program(tmp_path / "talk", 'i=0; while [ $i -lt 3000 ]; do echo "line $i" >&2; i=$((i+1)); done')
    ran = run([talk], folder=tmp_path, sandbox=False)
    assert ran.tail.endswith("line 2999\n")
    assert len(ran.tail) <= 4096


def test_nothing_of_our_own_surroundings_reaches_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    look = program(tmp_path / "look", "env >&2; pwd >&2; ulimit -c >&2; cat; ls /proc/$$/fd >&2")
    tail = run([look], folder=tmp_path, sandbox=False).tail
    assert "a-secret" not in tail
    assert "LC_ALL=C\n" in tail
    assert f"\n{tmp_path}\n0\n" in tail
