"""`codek7 measure`: what it prints for programs and people, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.program import Home
from tests.conftest import MakeClip
from tests.ffmpeg.processes import running, until

pytestmark = pytest.mark.media

FRAMES = 24
FIELDS = ["metric", "model", "meter", "mean", "harmonic_mean", "p1", "p5", "frames", "every"]


@pytest.fixture(scope="module")
def reference(make_clip: MakeClip) -> Path:
    """A second."""
    return make_clip("measured", seconds=1, width=192, height=108, audio=())


@pytest.fixture
def mistaken(reference: Path, ffmpeg: str, tmp_path: Path) -> Path:
    """The same pictures, said to be of full range."""
    path = tmp_path / "mistaken.mp4"
    said = ["-c", "copy", "-bsf:v", "h264_metadata=video_full_range_flag=1"]
    subprocess.run([ffmpeg, "-v", "error", "-i", str(reference), *said, str(path)], check=True)
    return path


def test_programs_get_a_line_for_each_metric_and_each_defect(
    home: Home, reference: Path, mistaken: Path
) -> None:
    asked = ("--metric", "psnr", "--metric", "vmaf", "--every", "8", "--json")
    done = home.run("measure", reference.as_uri(), mistaken, *asked)
    assert (done.code, done.err) == (0, "")
    psnr, vmaf, defect = done.lines
    assert list(psnr) == FIELDS
    assert (psnr["metric"], psnr["model"], psnr["frames"], psnr["every"]) == ("psnr", "", FRAMES // 8, 8)
    assert (vmaf["metric"], vmaf["model"]) == ("vmaf", "vmaf_v0.6.1")
    assert "libvmaf" in vmaf["meter"]
    assert defect == {
        "defect": "range",
        "said": "pc",
        "found": "tv",
        "reference": "tv",
        "message": defect["message"],
    }
    with_frames = home.run("measure", reference, mistaken, "--metric", "psnr", "--json", "--frames").lines[0]
    assert list(with_frames) == [*FIELDS, "per_frame"]
    assert len(with_frames["per_frame"]) == FRAMES
    assert with_frames["per_frame"][::8] == pytest.approx([23, 23, 23], abs=8)


def test_people_get_a_table_and_what_is_wrong(home: Home, reference: Path, mistaken: Path) -> None:
    done = home.run("measure", reference, mistaken)
    assert done.code == 0
    head, *rows = [line.split("\t") for line in done.out.splitlines()]
    assert head[:7] == ["metric", "model", "mean", "harmonic", "p1", "p5", "worst"]
    assert [row[0] for row in rows] == ["vmaf", "xpsnr", "ssim", "psnr"]
    assert {row[8] for row in rows} == {str(FRAMES)}
    assert all(len(row[7].split()) == 5 for row in rows), "the worst pictures are named"
    (said,) = done.err.splitlines()
    assert said.startswith("defect: range: it says pc, the reference tv")
    assert not home.path.exists(), "measuring leaves nothing in a home"


def test_what_cannot_be_compared_is_media_that_cannot_be_used(
    home: Home, reference: Path, make_clip: MakeClip
) -> None:
    longer = make_clip("longer", seconds=2, width=192, height=108, audio=())
    done = home.run("measure", reference, longer, "--json")
    assert (done.code, done.ending["code"]) == (5, "media-unreadable")
    assert "48 pictures" in done.ending["message"]
    assert "24: they cannot be paired" in done.ending["message"]
    assert home.run("measure", reference, "no-such.mp4").code == 2
    assert home.run("measure", reference, reference, "--metric", "vibes").code == 2
    alone = home.run("measure", reference)
    assert alone.code == 2
    assert "there is none to compare with it" in alone.err


def test_pictures_too_small_for_any_metric_are_named(home: Home, ffmpeg: str, tmp_path: Path) -> None:
    tiny = tmp_path / "tiny.mkv"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=2x2:duration=1", "-c:v", "ffv1"]
    subprocess.run([ffmpeg, "-v", "error", *picture, str(tiny)], check=True)
    done = home.run("measure", tiny, tiny)
    assert (done.code, "pictures of 2×2 are too small for " in done.err) == (5, True), done.err


def test_an_interrupt_leaves_nothing(home: Home, make_clip: MakeClip, ffmpeg: str, tmp_path: Path) -> None:
    long = make_clip("long", seconds=60, width=640, height=360, audio=(), picture="testsrc")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environ = {**home.environ, "TMPDIR": str(scratch)}
    process = home.start("measure", long, long, "--metric", "vmaf", "--json", env=environ)
    until(lambda: process.over or any(scratch.glob("*/pairs.txt")), "it to start")
    process.send(signal.SIGINT)
    stopped = process.end()
    assert (stopped.code, stopped.ending["code"]) == (130, "interrupted")
    until(lambda: running(ffmpeg, str(long)) == [], "ffmpeg to end")
    assert list(scratch.iterdir()) == []


def test_what_was_killed_is_swept_up_an_hour_later(home: Home, reference: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    gone = subprocess.Popen(["true"])
    gone.wait()
    long_ago = time.time() - 2 * 3600
    old, fresh, alive = (scratch / f"codek7-{pid}-x" for pid in (gone.pid, f"{gone.pid}-y", os.getpid()))
    for folder in (old, fresh, alive, scratch / "codek7-notes"):
        folder.mkdir(parents=True)
        (folder / "pairs.txt").touch()
        if folder != fresh:
            os.utime(folder, (long_ago, long_ago))
    environ = {**home.environ, "TMPDIR": str(scratch)}
    assert home.start("measure", reference, reference, "--metric", "psnr", env=environ).end().code == 0
    assert sorted(each.name for each in scratch.iterdir()) == sorted(
        each.name for each in (fresh, alive, scratch / "codek7-notes")
    )
