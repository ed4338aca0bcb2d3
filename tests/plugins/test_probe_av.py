"""The built-in prober: facts of odd clips, and an end to whatever is sent."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from codek7.core.boxes import box, full_box, rebuild
from codek7.core.errors import MediaEmpty, MediaError, MediaTooBig, MediaUnreadable
from codek7.core.media import Limits, Probed, VideoTrack
from codek7.plugins.probe_av import codek7_probe
from tests.conftest import MakeClip

pytestmark = pytest.mark.media
LIMITS = Limits()
SMALL: dict[str, Any] = {"width": 160, "height": 90, "seconds": 1}
MANY = (1 << 31) - 1


def probe(path: Path, limits: Limits = LIMITS) -> Probed:
    return codek7_probe(path, limits, False)


def test_the_facts_of_a_file_with_everything(make_clip: MakeClip) -> None:
    path = make_clip(
        "everything",
        container="mkv",
        audio=("eng", "deu"),
        subtitles=("eng", "fra"),
        chapters=2,
        channels=6,
        **SMALL,
    )
    info = probe(path).info
    assert info.container == "matroska,webm"
    assert [track.language for track in info.audio] == ["eng", "deu"]
    assert {(track.channels, track.layout) for track in info.audio} == {(6, "5.1")}
    assert [(track.language, track.text) for track in info.subtitles] == [("eng", True), ("fra", True)]
    assert [(part.start_us, part.end_us, part.title) for part in info.chapters] == [
        (0, 500_000, "Part 1"),
        (500_000, 1_000_000, "Part 2"),
    ]
    assert info.duration_us == pytest.approx(1_000_000, abs=50_000)
    assert info.prober.startswith("codek7-av@")


def test_sound_starts_after_its_priming(make_clip: MakeClip) -> None:
    for container in ("mp4", "mkv", "webm"):
        codec = "vp9" if container == "webm" else "h264"
        (track,) = probe(make_clip("primed", container=container, codec=codec, **SMALL)).info.audio
        assert track.start_us == pytest.approx(0, abs=2_000)
        assert track.duration_us == pytest.approx(1_000_000, abs=30_000)


def test_the_distance_between_key_frames(make_clip: MakeClip) -> None:
    for container in ("mp4", "ts", "avi"):
        path = make_clip("keys", container=container, gop=12, fps="24", width=160, height=90, seconds=3)
        video = probe(path).info.video
        assert video is not None
        assert video.keyframe_max_us == pytest.approx(500_000, abs=2)


def test_a_header_that_lies_about_the_duration_loses(make_clip: MakeClip, tmp_path: Path) -> None:
    path = tmp_path / "lies.mp4"
    data = make_clip("plain", **SMALL).read_bytes()
    at = data.index(b"mvhd") + 4 + 16
    path.write_bytes(data[:at] + struct.pack(">I", 143_165_000) + data[at + 4 :])
    assert probe(path).info.duration_us == pytest.approx(1_000_000, abs=50_000)


def test_cover_art_is_not_the_picture(make_clip: MakeClip, ffmpeg: str, tmp_path: Path) -> None:
    path, cover = tmp_path / "song.m4a", tmp_path / "cover.jpg"
    sound = make_clip("song", codec=None, seconds=1)
    subprocess.run(
        [ffmpeg, "-loglevel", "error", "-i", str(make_clip("plain", **SMALL)), "-frames:v", "1", str(cover)],
        check=True,
    )
    argv = [
        ffmpeg,
        "-loglevel",
        "error",
        "-i",
        str(sound),
        "-i",
        str(cover),
        "-map",
        "0",
        "-map",
        "1",
        "-c",
        "copy",
    ]
    subprocess.run([*argv, "-disposition:v", "attached_pic", str(path)], check=True)
    probed = probe(path)
    assert probed.info.video is None
    assert probed.frame_times is None
    assert [type(track) for track in probed.info.tracks if "attached_pic" in track.disposition] == [
        VideoTrack
    ]
    assert probed.info.duration_us == pytest.approx(1_000_000, abs=50_000)


def test_nothing_to_see_or_hear(make_clip: MakeClip) -> None:
    path = make_clip("words", container="mkv", codec=None, audio=(), subtitles=("eng",), seconds=1)
    with pytest.raises(MediaEmpty, match="no picture and no sound"):
        probe(path)


def test_pictures_that_do_not_decode_are_not_left_out(make_clip: MakeClip, tmp_path: Path) -> None:
    """Its sound would still play, but that is not what was sent."""
    path = tmp_path / "blind.mp4"
    data = make_clip("plain", **SMALL).read_bytes()
    at = data.index(b"mdat")
    end = at - 4 + struct.unpack_from(">I", data, at - 4)[0]
    path.write_bytes(data[: at + 4] + bytes(end - at - 4) + data[end:])
    with pytest.raises(MediaUnreadable, match=r"none of its pictures \(h264\)"):
        probe(path)


def test_noise_that_passes_for_sound(make_clip: MakeClip, tmp_path: Path) -> None:
    path = tmp_path / "noise.m4a"
    data = make_clip("song", codec=None, seconds=1).read_bytes()
    at = data.index(b"mdat")
    end = at - 4 + struct.unpack_from(">I", data, at - 4)[0]
    path.write_bytes(data[: at + 4] + b"\xff" * (end - at - 4) + data[end:])
    with pytest.raises(MediaUnreadable, match=r"none of its sound \(aac\)"):
        probe(path)


def test_pictures_that_are_too_large_are_named(make_clip: MakeClip) -> None:
    for container, codec in (("mp4", "h264"), ("mkv", "vp8"), ("ts", "mpeg2"), ("avi", "mpeg4")):
        path = make_clip("large", container=container, codec=codec, audio=(), **SMALL)
        with pytest.raises(MediaTooBig, match="1000 pixels"):
            probe(path, Limits(max_pixels=1000))


def test_a_picture_that_stands_still_for_hours(make_clip: MakeClip) -> None:
    late = (r"-bsf:v", r"setts=ts=TS+36000/TB*gte(N\,12)")
    path = make_clip("late", container="mkv", audio=(), b_frames=0, extra=late, **SMALL)
    with pytest.raises(MediaTooBig, match="stands for 36000 s"):
        probe(path)
    with pytest.raises(MediaTooBig, match=r"lasts 36000 s"):
        probe(path, Limits(max_duration_us=3600 * 1_000_000))


def mp4_with(clip: Path, kind: bytes, inside: bytes, content: bytes) -> bytes:
    """The clip with one table of its index replaced in every track."""
    return rebuild(clip.read_bytes(), {kind}, {inside: full_box(kind, 0, 0, content)})


BOMBS = {
    "stsz": (b"stsz", b"stbl", struct.pack(">II", 1, MANY)),
    "stts": (b"stts", b"stbl", struct.pack(">III", 1, MANY, 1)),
    "stts-entries": (b"stts", b"stbl", struct.pack(">III", MANY, 1, 1)),
    "ctts": (b"ctts", b"stbl", struct.pack(">III", 1, MANY, 1)),
    "ctts-entries": (b"ctts", b"stbl", struct.pack(">III", MANY, 1, 1)),
    "stsc": (b"stsc", b"stbl", struct.pack(">IIII", 1, 1, MANY, 1)),
    "stco": (b"stco", b"stbl", struct.pack(">II", MANY, 0)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_index_that_claims_billions(make_clip: MakeClip, tmp_path: Path, bomb: str) -> None:
    """Refused, or read as what is really there; in either case within bounds."""
    path = tmp_path / "bomb.mp4"
    path.write_bytes(mp4_with(make_clip("plain", audio=(), **SMALL), *BOMBS[bomb]))
    with suppress(MediaError):
        assert probe(path, Limits(max_memory_bytes=1 << 30)).info.duration_us <= LIMITS.max_duration_us


def test_an_edit_list_that_repeats_everything(make_clip: MakeClip, tmp_path: Path) -> None:
    """3,000 times one second, in 36 kB: an hour and 72,000 frames that the file does not hold."""
    edits = struct.pack(">I", 3000) + struct.pack(">Iii", 1000, 0, 1 << 16) * 3000
    clip = make_clip("plain", audio=(), **SMALL)
    path = tmp_path / "bomb.mp4"
    whole = rebuild(clip.read_bytes(), {b"edts"}, {b"trak": box(b"edts", full_box(b"elst", 0, 0, edits))})
    path.write_bytes(whole)
    with pytest.raises(MediaTooBig, match=r"more packets than the file has bytes|lists|lasts"):
        probe(path, Limits(max_memory_bytes=1 << 30, max_duration_us=1800 * 1_000_000))


def test_ten_thousand_tracks(make_clip: MakeClip, tmp_path: Path) -> None:
    data = make_clip("plain", audio=(), **SMALL).read_bytes()
    at = data.index(b"trak") - 4
    track = data[at : at + struct.unpack_from(">I", data, at)[0]]
    path = tmp_path / "bomb.mp4"
    path.write_bytes(rebuild(data, (), {b"moov": track * 10_000}))
    with pytest.raises(MediaTooBig, match=r"streams|tracks"):
        probe(path)


def test_one_track_over_the_limit(make_clip: MakeClip) -> None:
    path = make_clip("everything", audio=("eng", "deu", "fra"), **SMALL)
    with pytest.raises(MediaTooBig, match="has 4 tracks, more than the limit of 3"):
        probe(path, Limits(max_tracks=3))


def test_what_takes_too_long_is_ended(make_clip: MakeClip) -> None:
    with pytest.raises(MediaTooBig, match="could not be read in 0 s"):
        probe(make_clip("plain", **SMALL), Limits(max_probe_s=0))


def test_too_little_memory_is_told(make_clip: MakeClip) -> None:
    path = make_clip("large", width=3840, height=2160, audio=(), seconds=0.2)
    for most in (50_000_000, 70_000_000):
        with pytest.raises(MediaTooBig, match="memory"):
            probe(path, Limits(max_memory_bytes=most))


def test_the_reader_ends_with_whoever_asked(make_clip: MakeClip, tmp_path: Path) -> None:
    """kill -9 of the asking process leaves no reader behind, even one that hangs."""
    pipe = tmp_path / "answer"
    script = (
        "import os, subprocess, sys\n"
        "life, ours = os.pipe()\n"
        "reader = subprocess.Popen([sys.executable, '-P', '-m', 'codek7.ffmpeg.facts_child', str(life)],\n"
        "    stdin=subprocess.PIPE, pass_fds=(life,), start_new_session=True)\n"
        f"open({str(pipe)!r}, 'w').write(str(reader.pid))\n"
        "reader.wait()\n"
    )
    asking = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    reader = int(wait_for(lambda: pipe.exists() and pipe.read_text()))
    asking.send_signal(signal.SIGKILL)
    asking.wait()
    wait_for(lambda: not running(reader))


def wait_for(condition: Any) -> Any:
    for _ in range(600):
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:  # it has just ended, or there is no /proc
        return not Path("/proc/self").exists()


def test_modules_come_from_nowhere_else(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "av.py").write_text("raise SystemExit(3)")
    (tmp_path / "msgspec.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert probe(make_clip("plain", **SMALL)).info.video is not None


REAL: dict[str, dict[str, Any]] = {
    "bbb_800x640_avc.mp4": {"sample_aspect": Fraction(64, 45), "frame_rate": 30},
    "bbb_1920x1080_60fps_vp8.webm": {"codec": "vp8", "frame_rate": 60, "constant_rate": True},
    "bt2020_10bit.mp4": {"hdr": "hdr10", "bit_depth": 10},
    "bt709_full_range.mp4": {"pixel_format": "yuv420p", "range": "pc"},
    "dash_multigop_video.mp4": {"hdr": "hlg", "constant_rate": False, "frames": 73},
    "dovi_1080p60_dvav09.mp4": {"hdr": "none", "profile": "High, Dolby Vision 9.2"},
    "gopro_karma.mp4": {"range": "pc", "frame_rate": Fraction(30_000, 1001), "frames": 362},
    "hdr10_av1.mp4": {"codec": "av1", "hdr": "hdr10", "width": 720, "height": 1280},
    "hlg10_color_test.mp4": {"hdr": "hlg"},
    "intel_car-detection.mp4": {"frame_rate": Fraction(25, 2), "constant_rate": True},
    "kivy_cityCC0.mpg": {"codec": "mpeg2video", "frame_rate": 25, "frames": 190},
    "mx_bbb_176x144_128kbps_15fps_h263.3gp": {"codec": "h263", "frame_rate": 15},
    "mx_dolbyVision-hdr.MOV": {"hdr": "dolby-vision", "rotation": 90, "frames": 4},
    "mx_sample_fragmented.mp4": {"duration_us": 1_001_000, "frames": 30},
    "mx_sample_h262_mpeg_audio.ts": {"codec": "mpeg2video", "frames": 3},
    "mx_sample_h265.ts": {"codec": "hevc", "frame_rate": 30, "frames": 30},
    "mx_sample_portrait.mp4": {"width": 720, "height": 1080, "rotation": 0},
    "mx_sample_rotate_and_reflect.mp4": {"rotation": 270, "mirrored": True},
    "mx_sample_with_chapters.mkv": {"pixel_format": "yuv444p", "frames": 150},
    "mx_sample_with_htc_rotation_track_name.mkv": {"frame_rate": 30, "constant_rate": True},
    "mx_sample_with_srt.mkv": {"frame_rate": 30},
    "nasa_13013.mp4": {"frame_rate": 25, "width": 320},
    "pixel7_videoOnly_cleaned.mp4": {"rotation": 180, "constant_rate": True},
    "rotated270.mp4": {"rotation": 270, "mirrored": False},
    "sample_12_5fps_720p.mp4": {"frame_rate": Fraction(25, 2)},
    "sample_edit_list_no_sync.mp4": {"rotation": 90, "hdr": "hlg", "frames": 68, "start_pts": -30_000},
    "sample_incr_ts_360p.mp4": {"frames": 512},
    "sample_with_colr_mdcv_clli.mp4": {
        "content_light": "1100,180",
        "mastering_display": "G(12250,35150)B(6899,2600)R(33899,16099)WP(15634,16449)L(10000000,0)",
    },
    "skv_scene_cuts.mp4": {"pixel_format": "yuv444p", "profile": "High 4:4:4 Predictive"},
}


@pytest.fixture(scope="module")
def real_clips(media_dir: Path | None) -> dict[str, Path]:
    return {path.name: path for path in media_dir.iterdir()} if media_dir else {}


@pytest.mark.parametrize("name", REAL)
def test_the_facts_of_real_clips(real_clips: dict[str, Path], name: str) -> None:
    if name not in real_clips:
        pytest.skip("the folder of real clips is not beside the project")
    video = probe(real_clips[name]).info.video
    assert video is not None
    colour = ("range", "mastering_display", "content_light")
    found = {fact: getattr(video.colour if fact in colour else video, fact) for fact in REAL[name]}
    assert found == REAL[name]


def test_sound_of_real_clips(real_clips: dict[str, Path]) -> None:
    if not real_clips:
        pytest.skip("the folder of real clips is not beside the project")
    both = probe(real_clips["mx_sample_ac3_aac.mp4"]).info
    assert both.video is None
    assert [(track.codec, track.channels) for track in both.audio] == [("ac3", 6), ("aac", 2)]
    assert probe(real_clips["mx_sample_alac.mp4"]).info.audio[0].codec == "alac"
    two = probe(real_clips["nasa_13013.mp4"]).info
    assert [(track.codec, track.language) for track in two.audio] == [("aac", "eng"), ("aac", "eng")]
    assert [(track.codec, track.text) for track in two.subtitles] == [("mov_text", True)] * 2
    pictured = probe(real_clips["mx_sample_with_pgs_subtitles.mkv"]).info.subtitles
    assert [track.text for track in pictured] == [False]


def test_real_damage(real_clips: dict[str, Path]) -> None:
    if not real_clips:
        pytest.skip("the folder of real clips is not beside the project")
    with pytest.raises(MediaUnreadable, match="without its index"):
        probe(real_clips["mx_sample_malformed_free_box.mp4"])
