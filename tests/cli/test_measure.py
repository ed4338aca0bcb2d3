"""`codek7 measure`: two files, in lines for programs and a table for people."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.program import Home
from tests.conftest import MakeClip

pytestmark = pytest.mark.media


@pytest.fixture(scope="module")
def reference(make_clip: MakeClip) -> Path:
    return make_clip("measured", seconds=1, width=192, height=108, audio=())


def made(ffmpeg: str, reference: Path, path: Path, *options: str) -> Path:
    argv = [ffmpeg, "-v", "error", "-y", "-i", str(reference), *options, str(path)]
    subprocess.run(argv, check=True)
    return path


def test_a_line_for_each_metric_and_a_table(ffmpeg: str, reference: Path, home: Home, tmp_path: Path) -> None:
    poor = made(ffmpeg, reference, tmp_path / "poor.mp4", "-c:v", "libx264", "-crf", "40")
    done = home.run("measure", str(reference), str(poor), "--json", "--metric", "vmaf", "--metric", "psnr")
    assert done.code == 0
    vmaf, psnr = done.lines
    assert (vmaf["metric"], vmaf["model"], psnr["metric"], psnr["model"]) == (
        "vmaf",
        "vmaf_v0.6.1",
        "psnr",
        "",
    )
    for line in (vmaf, psnr):
        assert {"meter", "mean", "harmonic_mean", "p1", "p5", "frames"} <= line.keys()
        assert line["frames"] == 24
        assert line["p1"] <= line["p5"] <= line["mean"]
    shown = home.run("measure", str(reference), str(poor), "--metric", "psnr")
    assert shown.code == 0
    assert f"{psnr['mean']:.2f}" in shown.out


def test_a_wrong_flag_is_named(ffmpeg: str, reference: Path, home: Home, tmp_path: Path) -> None:
    flagged = made(
        ffmpeg,
        reference,
        tmp_path / "flag.mp4",
        "-c:v",
        "copy",
        "-bsf:v",
        "h264_metadata=video_full_range_flag=1",
    )
    done = home.run("measure", str(reference), str(flagged), "--json", "--metric", "psnr")
    (defect,) = [line for line in done.lines if "defect" in line]
    assert (defect["defect"], defect["said"], defect["found"]) == ("range", "pc", "tv")


def test_files_that_cannot_be_paired_are_refused(
    ffmpeg: str, reference: Path, home: Home, tmp_path: Path
) -> None:
    short = made(ffmpeg, reference, tmp_path / "short.mp4", "-frames:v", "20")
    done = home.run("measure", str(reference), str(short))
    assert done.code == 5
    assert "24" in done.err
    assert "20" in done.err
    assert home.run("measure", str(reference), str(short), "--metric", "beauty").code == 2
