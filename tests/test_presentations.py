"""What is published, as other readers than players see it: a strict parser of playlists, and FFmpeg's."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest
from msgspec.structs import replace

from codek7.core.events import PreviewPublished
from codek7.core.ladder import Ladder, Rung
from codek7.jobs import side_file
from codek7.testing.pytest_plugin import CodekClip

if TYPE_CHECKING:
    from tests.publishing import Host, Publish, Published

pytest_plugins = ["tests.publishing"]
pytestmark = pytest.mark.media

AAC_FRAME = Fraction(1024, 48_000)
TINY = Rung(width=160, height=90, crf=30, ceiling_bps=60_000, preset="ultrafast")
SUBTITLES = "1\n00:00:00,500 --> 00:00:04,000\nOne --> two\n"


@pytest.fixture(scope="session")
def everything(
    publish: Publish, codek7_clip: CodekClip, tmp_path_factory: pytest.TempPathFactory
) -> Published:
    """Every codec at two rates, two languages in stereo and 5.1, subtitles, and a preview before."""
    side = tmp_path_factory.mktemp("side") / "clip.fr.srt"
    side.write_text(SUBTITLES)
    rungs = (
        TINY,
        replace(TINY, width=320, height=180, ceiling_bps=200_000),
        Rung(codec="hevc", width=256, height=144, crf=32, ceiling_bps=160_000, preset="ultrafast"),
        Rung(codec="av1", width=256, height=144, crf=50, ceiling_bps=120_000, preset="12"),
    )
    made = Ladder(rungs=rungs, segment_us=2_000_000, idr_us=1_000_000)
    clip = codek7_clip("languages", seconds=7, channels=6, fps="30000/1001")
    return publish("everything", clip, ladder=made, subtitles=(side_file(side),), preview=True)


class Parsed(msgspec.Struct, frozen=True, rename="camel"):
    """What hls-parser read of a playlist, or why not."""

    file: str
    failed: str = ""
    main: bool = False
    version: int | None = None
    variants: int = 0
    type: str | None = None
    ended: bool = False
    target_duration: int = 0
    durations: tuple[float, ...] = ()


@pytest.fixture(scope="session")
def parse(node: str, web_dir: Path) -> Any:
    """`parse(folder)`: every playlist in it, read by hls-parser in strict mode."""

    def parse(folder: Path) -> dict[str, Parsed]:
        files = sorted(folder.rglob("*.m3u8"))
        argv = [node, str(web_dir / "parse.mjs"), *map(str, files)]
        done = subprocess.run(argv, capture_output=True, check=True)
        read = msgspec.json.decode(done.stdout, type=list[Parsed])
        return {Path(each.file).relative_to(folder).as_posix(): each for each in read}

    return parse


def test_a_strict_parser_takes_every_playlist(parse: Any, everything: Published) -> None:
    read: dict[str, Parsed] = parse(everything.folder)
    assert [each.failed for each in read.values() if each.failed] == []
    renditions = (
        {f"video-{n}" for n in range(4)} | {f"audio-{n}" for n in range(4)} | {"text-0", "text-1", "text-2"}
    )
    trick = {f"video-{n}/iframes.m3u8" for n in range(4)}
    assert read.keys() == {"main.m3u8", *trick, *(f"{name}/index.m3u8" for name in renditions)}
    assert read["main.m3u8"].variants == 4 * 2 + 4
    for path, each in read.items():
        if path != "main.m3u8":
            assert each.ended
            assert each.type == "VOD"
            assert sum(each.durations) == pytest.approx(everything.seconds, abs=float(AAC_FRAME))


def test_a_strict_parser_takes_a_preview(parse: Any, everything: Published, host: Host) -> None:
    preview = next(event for event in everything.events if isinstance(event, PreviewPublished))
    read: dict[str, Parsed] = parse((host.folder / "everything" / "store" / preview.playlist).parent)
    assert [each.failed for each in read.values() if each.failed] == []
    assert {each.type for path, each in read.items() if path != "main.m3u8"} == {"EVENT"}


class Decoded(NamedTuple):
    """A stream as decoded: when its first picture or sample presents and its last one ends, in seconds."""

    kind: str
    codec: str
    start: Fraction
    end: Fraction


def decode(url: str) -> list[Decoded]:
    """Every stream that FFmpeg's HLS demuxer finds, decoded in full, with what it is told to skip skipped."""
    import av

    spans: dict[int, list[Fraction]] = {}
    container: Any
    with av.open(url) as container:
        for packet in container.demux():
            stream = packet.stream
            if stream.type not in ("video", "audio"):
                continue
            for frame in packet.decode():
                at = frame.pts * frame.time_base
                lasts = frame.duration * frame.time_base
                if stream.type == "audio":
                    lasts = Fraction(frame.samples, frame.sample_rate)
                first, last = spans.setdefault(stream.index, [at, at])
                spans[stream.index] = [min(first, at), max(last, at + lasts)]
        return [
            Decoded(stream.type, stream.codec_context.name, *spans[stream.index])
            for stream in container.streams
            if stream.index in spans
        ]


def test_everything_starts_at_zero_and_ends_together(everything: Published) -> None:
    streams = decode(everything.url)
    assert [stream.kind for stream in streams].count("audio") == 4
    assert {stream.codec for stream in streams} == {"h264", "hevc", "libdav1d", "aac", "ac3"}
    for stream in streams:
        assert stream.start == 0, stream
        assert stream.end == pytest.approx(everything.seconds, abs=float(AAC_FRAME)), stream


FLASH_AT, FLASH_S = 2, Fraction(1, 5)


def flashing(ffmpeg: str, path: Path, *options: str) -> Path:
    """A black picture that turns white for a moment, and a tone at that moment, nothing else."""
    during = f"between(t,{FLASH_AT},{float(FLASH_AT + FLASH_S) - 0.001})"
    picture = f"color=black:size=160x90:rate=25:duration=5,drawbox=t=fill:color=white:enable='{during}'"
    sound = f"aevalsrc='0.8*sin(2*PI*997*t)*{during}':sample_rate=48000:duration=5"
    argv = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    argv += ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "2", *options, str(path)]
    subprocess.run(argv, check=True)
    return path


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp4", ["-c:a", "aac"]),
        ("mkv", ["-c:a", "libopus"]),
        ("ts", ["-c:a", "aac", "-output_ts_offset", "100"]),
        ("mov", ["-c:a", "pcm_s16le"]),
    ],
)
def test_sound_and_picture_stay_together(
    publish: Publish, codek7_ffmpeg: str, tmp_path: Path, suffix: str, options: list[str]
) -> None:
    clip = flashing(codek7_ffmpeg, tmp_path / f"flash.{suffix}", *options)
    published = publish(f"flash-{suffix}", clip, ladder=Ladder(rungs=(TINY,), segment_us=2_000_000))
    seen, heard = flash(published.url)
    assert seen == (Fraction(FLASH_AT), FLASH_AT + FLASH_S)
    assert heard == pytest.approx((FLASH_AT, float(FLASH_AT + FLASH_S)), abs=0.003)


def flash(url: str) -> tuple[tuple[Fraction, Fraction], tuple[float, float]]:
    """When the first picture that is bright and the first that is dark again present, and when the sound
    begins and ends, to a millisecond."""
    import av
    import numpy as np

    bright: list[tuple[Fraction, bool]] = []
    loud: list[float] = []
    container: Any
    with av.open(url) as container:
        for frame in container.decode(video=0, audio=0):
            at = frame.pts * frame.time_base
            if isinstance(frame, av.VideoFrame):
                bright.append((at, bool(frame.to_ndarray(format="gray").mean() > 128)))
            else:
                level = np.abs(frame.to_ndarray()[0]) > 0.2
                loud += [float(at) + n / frame.sample_rate for n in np.flatnonzero(level)]
    begins = next(at for at, is_bright in bright if is_bright)
    ends = next(at for at, is_bright in bright if not is_bright and at > begins)
    return (begins, ends), (loud[0], loud[-1])
