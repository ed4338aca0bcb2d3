"""What is read out of the streams themselves: codecs, ranges, shapes and rates of real encodes."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from codek7.check import Report, check_presentation
from codek7.check.codecs import codec_string, same_codec
from codek7.check.media import Track, read_media

pytestmark = pytest.mark.media
CMAF = ["-f", "hls", "-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_playlist_type", "vod"]
PQ = "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc,format=yuv420p10le"
X265 = [
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-x265-params",
    "open-gop=0:keyint=50:log-level=error:pools=1",
]


def _encode(
    ffmpeg: str, target: Path, options: list[str], source: str = "testsrc2=s=128x96:r=25:d=2"
) -> Path:
    arguments = [ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", source, *options, str(target)]
    subprocess.run(arguments, check=True, capture_output=True)
    return target


def _first(path: Path) -> Track:
    read = read_media(path.read_bytes(), "mp4", look=True)
    assert read.problem is None
    return read.tracks[0]


def _check_variant(folder: Path, attributes: str) -> Report:
    (folder / "main.m3u8").write_text(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f"#EXT-X-STREAM-INF:BANDWIDTH=99000000,{attributes}\nv.m3u8\n"
    )
    return check_presentation(folder / "main.m3u8")


def _said_wrongly(report: Report) -> dict[str, str]:
    return {
        f.rule: f.found
        for f in report.faults
        if f.rule.startswith("rfc8216bis.4.4.6.2-") or f.rule < "apple.2"
    }


def test_hevc_hdr_is_read(ffmpeg: str, tmp_path: Path) -> None:
    _encode(ffmpeg, tmp_path / "v.m3u8", ["-vf", PQ, *X265, "-tag:v", "hvc1", *CMAF])
    report = _check_variant(
        tmp_path,
        'CODECS="hvc1.2.4.L30.90",RESOLUTION=128x96,FRAME-RATE=25,VIDEO-RANGE=PQ,AVERAGE-BANDWIDTH=1',
    )
    wrong = _said_wrongly(report)
    assert wrong.keys() == {"apple.1.24-sdr", "apple.1.26-average", "apple.1.27-peak"}, str(report)
    report = _check_variant(tmp_path, 'CODECS="hvc1.1.6.L30.90",RESOLUTION=128x96,FRAME-RATE=25')
    wrong = _said_wrongly(report)
    assert wrong["rfc8216bis.4.4.6.2-codecs"] == "the streams are hvc1.2.4.L30.90"
    assert wrong["rfc8216bis.4.4.6.2-video-range"].startswith("PQ")


def test_hev1_is_advised_against(ffmpeg: str, tmp_path: Path) -> None:
    _encode(ffmpeg, tmp_path / "v.m3u8", [*X265, "-tag:v", "hev1", *CMAF])
    advice = {fault.rule: fault.found for fault in check_presentation(tmp_path / "v.m3u8").advice}
    assert advice["apple.1.10-parameter-sets"] == "hev1"


def test_open_gops_are_found(ffmpeg: str, tmp_path: Path) -> None:
    options = ["-c:v", "libx265", "-preset", "medium", "-tag:v", "hvc1", "-x265-params"]
    options += ["open-gop=1:keyint=25:min-keyint=25:scenecut=0:log-level=error:pools=1", "-hls_time", "1"]
    _encode(ffmpeg, tmp_path / "v.m3u8", [*options, *CMAF], "testsrc2=s=128x96:r=25:d=3")
    rules = {fault.rule for fault in check_presentation(tmp_path / "v.m3u8").faults}
    assert "apple.7.4-idr-start" in rules


def test_av1_is_read(ffmpeg: str, tmp_path: Path) -> None:
    track = _first(
        _encode(ffmpeg, tmp_path / "a.mp4", ["-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "lp=1"])
    )
    assert (track.codec_name, track.codec, track.starts) == ("av1", "av01.0.00M.08", "idr")
    assert track.look
    assert (track.look.width, track.look.height) == (128, 96)


def test_pixels_that_are_not_square_may_be_declared_either_way(ffmpeg: str, tmp_path: Path) -> None:
    _encode(ffmpeg, tmp_path / "v.m3u8", ["-vf", "setsar=4/3", "-c:v", "libx264", *CMAF])
    for size, fine in (("128x96", True), ("171x96", True), ("128x72", True), ("192x96", False)):
        wrong = _said_wrongly(_check_variant(tmp_path, f"RESOLUTION={size}"))
        assert ("rfc8216bis.4.4.6.2-resolution" not in wrong) is fine


def test_interlaced_video_is_found(ffmpeg: str, tmp_path: Path) -> None:
    options = [
        "-vf",
        "interlace,setfield=tff",
        "-c:v",
        "libx264",
        "-flags",
        "+ildct+ilme",
        "-x264opts",
        "tff=1",
    ]
    _encode(ffmpeg, tmp_path / "v.m3u8", [*options, *CMAF], "testsrc2=s=128x96:r=50:d=2")
    assert "apple.1.14-interlaced" in {fault.rule for fault in check_presentation(tmp_path / "v.m3u8").faults}


@pytest.mark.parametrize(
    ("said", "fine"), [("22.500", True), ("25.000", True), ("5.000", False), ("50.000", False)]
)
def test_a_variable_rate_is_between_its_average_and_its_highest(
    ffmpeg: str, tmp_path: Path, said: str, fine: bool
) -> None:
    options = [
        "-vf",
        r"select='not(between(n\,10\,14))'",
        "-fps_mode",
        "vfr",
        "-c:v",
        "libx264",
        "-bf",
        "0",
        *CMAF,
    ]
    _encode(ffmpeg, tmp_path / "v.m3u8", options)
    wrong = _said_wrongly(_check_variant(tmp_path, f"RESOLUTION=128x96,FRAME-RATE={said}"))
    assert ("rfc8216bis.4.4.6.2-frame-rate" not in wrong) is fine


def test_a_rate_above_sixty_is_found(ffmpeg: str, tmp_path: Path) -> None:
    _encode(ffmpeg, tmp_path / "v.m3u8", ["-c:v", "libx264", *CMAF], "testsrc2=s=128x96:r=120:d=2")
    rules = {fault.rule for fault in check_presentation(tmp_path / "v.m3u8").faults}
    assert "apple.1.19-frame-rate-limit" in rules


def test_codecs_that_apple_does_not_take_are_found(ffmpeg: str, tmp_path: Path) -> None:
    _encode(
        ffmpeg, tmp_path / "v.m3u8", ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime", *CMAF]
    )
    rules = {fault.rule for fault in check_presentation(tmp_path / "v.m3u8").faults}
    assert "apple.1.1-video-codec" in rules


def test_a_profile_that_apple_does_not_take_is_found(ffmpeg: str, tmp_path: Path) -> None:
    _encode(ffmpeg, tmp_path / "v.m3u8", ["-c:v", "libx264", "-pix_fmt", "yuv444p", *CMAF])
    rules = {fault.rule for fault in check_presentation(tmp_path / "v.m3u8").faults}
    assert "apple.1.3-level" in rules


def test_hevc_outside_fmp4_is_found(ffmpeg: str, tmp_path: Path) -> None:
    _encode(ffmpeg, tmp_path / "v.m3u8", [*X265, "-f", "hls", "-hls_playlist_type", "vod"])
    report = check_presentation(tmp_path / "v.m3u8")
    assert {fault.rule for fault in report.faults} == {"apple.1.5-hevc-container"}


def test_two_sounds_in_one_segment_are_found(ffmpeg: str, tmp_path: Path) -> None:
    sounds = ["-f", "lavfi", "-i", "sine=d=2", "-map", "0:v", "-map", "1:a", "-map", "1:a", "-c:a", "aac"]
    _encode(
        ffmpeg, tmp_path / "v.m3u8", [*sounds, "-c:v", "libx264", "-f", "hls", "-hls_playlist_type", "vod"]
    )
    rules = {fault.rule for fault in check_presentation(tmp_path / "v.m3u8").faults}
    assert "apple.2.17-audio-streams" in rules


def test_far_apart_idrs_and_an_uneven_rate_are_advised_against(ffmpeg: str, tmp_path: Path) -> None:
    noisy = [
        "-vf",
        "noise=alls=90:allf=t:enable='lt(t,3)'",
        "-c:v",
        "libx264",
        "-g",
        "75",
        "-sc_threshold",
        "0",
    ]
    source = "color=gray:s=128x96:r=25:d=12"
    _encode(ffmpeg, tmp_path / "v.m3u8", [*noisy, "-bf", "0", "-hls_time", "3", *CMAF], source)
    rules = {fault.rule for fault in _check_variant(tmp_path, "RESOLUTION=128x96").advice}
    assert {"apple.1.13-idr-interval", "apple.1.30-peak-to-average"} <= rules


def test_surround_sound_beside_video_is_found(ffmpeg: str, tmp_path: Path) -> None:
    sound = ["-f", "lavfi", "-i", "anoisesrc=d=2,aformat=channel_layouts=5.1"]
    _encode(ffmpeg, tmp_path / "v.m3u8", [*sound, "-c:v", "libx264", "-c:a", "aac", *CMAF])
    report = _check_variant(tmp_path, 'CODECS="mp4a.40.2"')
    assert {"apple.9.6-multichannel", "apple.2.3-stereo-aac"} <= {fault.rule for fault in report.faults}


def test_priming_is_not_presented(ffmpeg: str, tmp_path: Path) -> None:
    track = _first(_encode(ffmpeg, tmp_path / "a.mp4", ["-c:a", "aac"], "sine=r=48000:d=2"))
    assert track.start_s == 0
    assert track.decode_start_s == Fraction(-1024, 48000)


def test_codec_strings_are_compared_by_meaning() -> None:
    assert same_codec("hvc1.2.4.L60.90.0.0.0.0.0", "hvc1.2.4.L60.90")
    assert same_codec("AVC1.64001F", "avc1.64001f")
    assert same_codec("av01.0.04M.10.0.110.09.16.09.0", "av01.0.04M.10")
    assert same_codec("fLaC", "flac")
    assert not same_codec("avc1.64001f", "avc1.64001e")
    assert not same_codec("hvc1.2.4.L60.90", "hev1.2.4.L60.90")
    assert not same_codec("hvc1.2.4.L60.B0", "hvc1.2.4.L60.90")
    assert not same_codec("av01.0.04M.10", "av01.0.04M.08")
    assert not same_codec("mp4a.40.2", "mp4a.40.5")


def test_codec_strings_come_from_either_layout() -> None:
    assert codec_string("h264", "avc1", bytes.fromhex("0164001effe1"), b"") == "avc1.64001e"
    assert codec_string("h264", "", bytes.fromhex("000000016764001eacd9"), b"") == "avc1.64001e"
    assert codec_string("aac", "mp4a", bytes.fromhex("1190"), b"") == "mp4a.40.2"
    assert codec_string("aac", "", b"", bytes.fromhex("fff14c80")) == "mp4a.40.2"
    assert codec_string("h264", "avc1", b"", b"") is None
