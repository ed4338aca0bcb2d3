"""Picture and sound stay together: a flash and a beep come out as far apart as they went in."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from codek7.core.events import AssetPublished
from codek7.hub import Hub
from codek7.jobs import ingest_source

FLASH_S = 2.0
PICTURE = (
    f"color=black:s=160x90:r=25:d=4,drawbox=c=white:t=fill:enable='between(t,{FLASH_S},{FLASH_S + 0.19})'"
)
SOUND = f"sine=f=1000:d=4:r=44100,volume='between(t,{FLASH_S},{FLASH_S + 0.2})':eval=frame"


def _clip(ffmpeg: str, path: Path, picture_late_s: float, sound_late_s: float, *options: str) -> Path:
    """Four seconds with a flash and a beep, either of them late."""
    command = [
        ffmpeg, "-v", "error",
        "-itsoffset", str(picture_late_s), "-f", "lavfi", "-i", PICTURE,
        "-itsoffset", str(sound_late_s), "-f", "lavfi", "-i", SOUND,
        "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", *options, str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    return path


def _published(home: Path, clip: Path) -> Path:
    with Hub.open(home, environ={}) as hub:
        ending = list(ingest_source(hub, str(clip)))[-1]
    assert isinstance(ending, AssetPublished), ending
    return home / "store" / Path(ending.playlist).parent


def _track(folder: Path) -> io.BytesIO:
    parts = [folder / "init.mp4", *sorted(folder.glob("*.m4s"))]
    return io.BytesIO(b"".join(part.read_bytes() for part in parts))


def _flash_s(folder: Path) -> float:
    with av.open(_track(folder / "video-0"), "r") as container:
        return next(f.time for f in container.decode(video=0) if f.to_ndarray(format="gray").mean() > 128)


def _beep_s(folder: Path) -> float:
    with av.open(_track(folder / "audio-0"), "r") as container:
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()).max(axis=0) > 0.02)
            if loud.size:
                return float(frame.time + loud[0] / frame.sample_rate)
    raise AssertionError("no beep")


@pytest.mark.media
@pytest.mark.parametrize(
    ("container", "picture_late_s", "sound_late_s"),
    [
        ("mkv", 0.0, 0.0),
        ("mkv", 0.0, 0.7),
        ("mkv", 0.4, 0.0),
        ("mp4", 0.0, 0.7),
        ("mp4", 0.4, 0.0),
        ("ts", 0.4, 0.0),
    ],
)
def test_flash_and_beep(
    ffmpeg: str, tmp_path: Path, container: str, picture_late_s: float, sound_late_s: float
) -> None:
    clip = _clip(ffmpeg, tmp_path / f"clip.{container}", picture_late_s, sound_late_s)
    folder = _published(tmp_path / "home", clip)
    assert _flash_s(folder) == pytest.approx(FLASH_S, abs=0.021)
    assert _beep_s(folder) - _flash_s(folder) == pytest.approx(sound_late_s - picture_late_s, abs=0.03)


@pytest.mark.media
def test_a_hole_in_the_sound_is_silence(ffmpeg: str, tmp_path: Path) -> None:
    """What comes after a hole is not heard early."""
    hole = "aselect='not(between(t,0.5,1.5))'"
    clip = _clip(ffmpeg, tmp_path / "clip.mkv", 0, 0, "-af", hole, "-c:a", "pcm_s16le")
    folder = _published(tmp_path / "home", clip)
    assert _beep_s(folder) == pytest.approx(FLASH_S, abs=0.03)
