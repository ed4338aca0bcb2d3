"""Small sound presentations for the validator's tests, made by ffmpeg's own HLS muxer.

ffmpeg writes the media and the media playlists; the main playlist, the subtitles and what is declared
about rates are written here, apart from the validator's own arithmetic.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

SECONDS = 12
_VIDEO = ["-preset", "ultrafast", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-bf", "0"]
_CMAF = ["-hls_segment_type", "fmp4", "-hls_flags", "single_file", "-hls_playlist_type", "vod"]


def make_fmp4(ffmpeg: str, folder: Path) -> None:
    """Two video rungs, two languages, trick play and subtitles, as byte ranges of fMP4."""
    outputs: list[str] = []
    for name, size, rate in (("v0", "320x180", "160k"), ("v1", "160x90", "60k")):
        limits = ["-b:v", rate, "-maxrate", rate, "-bufsize", rate]
        outputs += ["-map", "0:v", "-c:v", "libx264", "-s", size, *_VIDEO, *limits]
        outputs += ["-f", "hls", "-hls_time", "4", *_CMAF, str(folder / f"{name}.m3u8")]
    for name, source in (("en", "1:a"), ("fr", "2:a")):
        outputs += ["-map", source, "-c:a", "aac", "-ac", "2", "-b:a", "64k"]
        outputs += ["-f", "hls", "-hls_time", "4", *_CMAF, str(folder / f"{name}.m3u8")]
    outputs += [
        "-map",
        "0:v",
        "-vf",
        "fps=1",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-g",
        "1",
        "-s",
        "160x90",
    ]
    outputs += ["-f", "hls", "-hls_time", "1", *_CMAF, str(folder / "i.m3u8")]
    _run(ffmpeg, outputs)
    trick = (folder / "i.m3u8").read_text()
    (folder / "i.m3u8").write_text(trick.replace("#EXT-X-MAP", "#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP", 1))
    _write_subtitles(folder)
    (folder / "main.m3u8").write_text(_main(folder, ffmpeg))


def make_ts(ffmpeg: str, folder: Path) -> None:
    """One video rung with its sound in transport stream segments, and packed audio beside it."""
    outputs = ["-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-s", "320x180", *_VIDEO, "-b:v", "160k"]
    outputs += ["-c:a", "aac", "-ac", "2", "-b:a", "64k", "-f", "hls", "-hls_time", "4"]
    outputs += ["-hls_playlist_type", "vod", str(folder / "v.m3u8")]
    _run(ffmpeg, outputs)
    peak, average = rates(folder / "v.m3u8")
    codecs = _codec(folder, "v.m3u8", ffmpeg)
    (folder / "main.m3u8").write_text(
        "#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        f'#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS="{codecs}",'
        "RESOLUTION=320x180,FRAME-RATE=25.000\nv.m3u8\n"
    )


def rates(playlist: Path) -> tuple[int, int]:
    """Peak and average rate in bit/s of a playlist whose segments last a target duration, but the last."""
    text = playlist.read_text()
    durations = [float(found) for found in re.findall(r"#EXTINF:([0-9.]+)", text)]
    sizes = [int(found) for found in re.findall(r"#EXT-X-BYTERANGE:([0-9]+)", text)]
    if not sizes:
        sizes = [(playlist.parent / line).stat().st_size for line in text.split() if line[0] != "#"]
    counted = [
        (size, lasts) for size, lasts in zip(sizes, durations, strict=True) if lasts > max(durations) / 2
    ]
    bits = [size * 8 / lasts for size, lasts in counted]
    return round(max(bits)), round(sum(sizes) * 8 / sum(durations))


def first_range(folder: Path, playlist: str, number: int) -> tuple[int, int]:
    """Offset and length of a segment's byte range."""
    found = re.findall(r"#EXT-X-BYTERANGE:([0-9]+)@([0-9]+)", (folder / playlist).read_text())
    length, offset = found[number]
    return int(offset), int(length)


def _run(ffmpeg: str, outputs: list[str]) -> None:
    sources = [f"testsrc2=s=320x180:r=25:d={SECONDS}"]
    sources += [f"sine=f={pitch}:r=48000:d={SECONDS}" for pitch in (440, 660)]
    inputs = [argument for source in sources for argument in ("-f", "lavfi", "-i", source)]
    subprocess.run([ffmpeg, "-v", "error", "-y", *inputs, *outputs], check=True)


def _codec(folder: Path, playlist: str, ffmpeg: str) -> str:
    """What ffmpeg's muxer itself would declare: it writes a main playlist when asked to."""
    target = folder / "declared"
    target.mkdir()
    arguments = [ffmpeg, "-v", "error", "-i", str(folder / playlist), "-c", "copy", "-f", "hls"]
    arguments += ["-master_pl_name", "main.m3u8", str(target / "media.m3u8")]
    subprocess.run(arguments, check=True)
    found = re.search(r'CODECS="([^"]+)"', (target / "main.m3u8").read_text())
    for path in target.iterdir():
        path.unlink()
    target.rmdir()
    assert found
    return found[1]


def _write_subtitles(folder: Path) -> None:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:4", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for number in range(SECONDS // 4):
        start = number * 4
        (folder / f"s{number}.vtt").write_text(
            "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n"
            f"00:{start + 1:02d}.000 --> 00:{start + 2:02d}.500\nLine {number}\n"
        )
        lines += ["#EXTINF:4.000,", f"s{number}.vtt"]
    (folder / "s.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))


def _main(folder: Path, ffmpeg: str) -> str:
    sound_peak, sound_average = rates(folder / "en.m3u8")
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for language, default in (("en", "YES"), ("fr", "NO")):
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aud",NAME="{language}",LANGUAGE="{language}",'
            f'DEFAULT={default},AUTOSELECT=YES,CHANNELS="2",URI="{language}.m3u8"'
        )
        other = rates(folder / f"{language}.m3u8")
        sound_peak, sound_average = max(sound_peak, other[0]), max(sound_average, other[1])
    lines.append(
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="sub",NAME="English",LANGUAGE="en",AUTOSELECT=YES,URI="s.m3u8"'
    )
    for name, size in (("v0", "320x180"), ("v1", "160x90")):
        codec = _codec(folder, f"{name}.m3u8", ffmpeg)
        peak, average = rates(folder / f"{name}.m3u8")
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={peak + sound_peak},AVERAGE-BANDWIDTH={average + sound_average},"
            f'CODECS="{codec},mp4a.40.2",RESOLUTION={size},FRAME-RATE=25.000,AUDIO="aud",SUBTITLES="sub"'
        )
        lines.append(f"{name}.m3u8")
    peak, average = rates(folder / "i.m3u8")
    lines.append(
        f"#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},"
        f'CODECS="{_codec(folder, "i.m3u8", ffmpeg)}",RESOLUTION=160x90,URI="i.m3u8"'
    )
    return "\n".join([*lines, ""])
