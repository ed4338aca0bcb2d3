"""Small clips made with ffmpeg's own sources, each with the one oddity that a test asks for.

The picture is `testsrc2`, which counts its frames and moves, unless another source of ffmpeg's is named; the
sound is a sine per track, an octave apart.
A clip is kept under its content (what was asked, which ffmpeg), so that it is made once and shared.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import subprocess
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import msgspec

VIDEO_ENCODERS = {
    "h264": ["libx264", "-preset", "veryfast"],
    "hevc": ["libx265", "-preset", "superfast"],
    "av1": ["libsvtav1", "-preset", "12"],
    "vp9": ["libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"],
    "vp8": ["libvpx", "-deadline", "realtime", "-cpu-used", "8"],
    "mpeg2": ["mpeg2video", "-q:v", "4"],
    "mpeg4": ["mpeg4", "-q:v", "4"],
}
SUBTITLE_CODECS = {"mp4": "mov_text", "mov": "mov_text", "mkv": "srt", "webm": "webvtt"}


class Clip(msgspec.Struct, frozen=True, kw_only=True):
    """What a clip is. `codec=None` leaves the picture out, `audio=()` the sound."""

    container: str = "mp4"
    seconds: float = 5.0
    codec: str | None = "h264"
    picture: str = "testsrc2"  # or another lavfi source: "color=black", "smptebars"
    width: int = 320
    height: int = 180
    fps: str = "24"  # "num/den" or a whole number; of frames, also where they are interlaced
    pixel: str = "yuv420p"
    sar: str = "1/1"
    full_range: bool = False
    transfer: str = "bt709"  # "smpte2084" (PQ) and "arib-std-b67" (HLG) come with BT.2020 primaries
    gop: int = 48
    b_frames: int = 2
    open_gop: bool = False
    rotation: int = 0  # degrees counter-clockwise, as a display matrix
    vfr: bool = False  # frames dropped in a pattern: gaps of one, two and three frames
    interlaced: bool = False  # top field first
    audio: tuple[str, ...] = ("eng",)  # a language per track
    audio_codec: str | None = None  # by container, if not said
    channels: int = 2
    subtitles: tuple[str, ...] = ()  # a language per track
    chapters: int = 0
    fragmented: bool = False
    hidden_s: float = 0.0  # the start that an edit list hides
    extra: tuple[str, ...] = ()  # further output options of ffmpeg


CLIPS: dict[str, Clip] = {
    "default": Clip(),
    "silent": Clip(audio=()),
    "audio_only": Clip(codec=None, container="mp4"),
    "vfr": Clip(vfr=True, fps="30", seconds=9),
    "b_frames": Clip(b_frames=4, seconds=9),
    "open_gop": Clip(open_gop=True, b_frames=3, container="mkv", seconds=9),
    "transport_stream": Clip(codec="mpeg2", open_gop=True, container="ts", audio_codec="mp2", seconds=9),
    "edit_list": Clip(hidden_s=1.3, seconds=9),
    "rotated": Clip(rotation=90),
    "portrait": Clip(width=180, height=320),
    "anamorphic": Clip(width=240, height=180, sar="4/3"),
    "fifty": Clip(fps="50"),
    "interlaced": Clip(interlaced=True, fps="25"),
    "full_range": Clip(full_range=True),
    "ten_bit": Clip(codec="hevc", pixel="yuv420p10le"),
    "hdr10": Clip(codec="hevc", pixel="yuv420p10le", transfer="smpte2084"),
    "surround": Clip(channels=6),
    "languages": Clip(audio=("eng", "deu"), subtitles=("eng", "deu"), container="mkv"),
    "black": Clip(picture="color=black"),
}
"""Clips by name: one oddity each. Those longer than two segments have several chunks."""


def make(clip: Clip, name: str, ffmpeg: str, folder: Path) -> Path:
    """The clip's file, made unless it is there. Never write to it: other tests read it too."""
    identity = msgspec.json.encode((clip, name, version(ffmpeg), Path(__file__).read_text()))
    path = folder / f"{name}-{hashlib.sha256(identity).hexdigest()[:12]}.{clip.container}"
    if not path.exists():
        with _alone(path.with_suffix(".lock")), tempfile.TemporaryDirectory(dir=folder) as aside:
            if not path.exists():  # else it was made meanwhile: nobody's file changes while it is read
                _make_in(Path(aside), clip, ffmpeg).replace(path)
    return path


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Nobody else makes the same clip."""
    with lock.open("ab") as file:  # which lets go when it is closed
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def version(ffmpeg: str) -> str:
    return subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout


def _make_in(aside: Path, clip: Clip, ffmpeg: str) -> Path:
    encoded = aside / f"encoded.{clip.container}"
    _run(ffmpeg, [*_inputs(clip, aside), *_maps(clip), *_encoding(clip), str(encoded)])
    if not (clip.rotation or clip.hidden_s):
        return encoded
    final = aside / f"final.{clip.container}"
    turned = ["-display_rotation:v", str(clip.rotation)] if clip.rotation else []
    cut = ["-ss", str(clip.hidden_s)] if clip.hidden_s else []
    _run(ffmpeg, [*turned, *cut, "-i", str(encoded), "-map", "0", "-c", "copy", str(final)])
    return final


def _run(ffmpeg: str, arguments: list[str]) -> None:
    argv = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"could not make a clip: {' '.join(argv)}\n{done.stderr}")


def _inputs(clip: Clip, aside: Path) -> list[str]:
    total = clip.seconds + clip.hidden_s
    lavfi = [_picture(clip, total)] if clip.codec else []
    lavfi += [_sound(at, clip.channels, total) for at in range(len(clip.audio))]
    inputs = [part for source in lavfi for part in ("-f", "lavfi", "-i", source)]
    for language in clip.subtitles:
        text = aside / f"{language}.srt"
        text.write_text(_srt(language, clip.seconds))
        inputs += ["-i", str(text)]
    if clip.chapters:
        listing = aside / "chapters.txt"
        listing.write_text(_chapters(clip.chapters, clip.seconds))
        inputs += ["-f", "ffmetadata", "-i", str(listing)]
    return inputs


def _picture(clip: Clip, seconds: float) -> str:
    rate = Fraction(clip.fps) * (2 if clip.interlaced else 1)
    matrix = "bt709" if clip.transfer == "bt709" else "bt2020nc"
    primaries = "bt709" if clip.transfer == "bt709" else "bt2020"
    levels = "pc" if clip.full_range else "tv"
    joint = ":" if "=" in clip.picture else "="
    steps = [f"{clip.picture}{joint}size={clip.width}x{clip.height}:rate={rate}:duration={seconds}"]
    if clip.interlaced:
        steps.append("tinterlace=interleave_top")
    if clip.vfr:
        steps.append("select='not(eq(mod(n,7),2)+eq(mod(n,7),4)+eq(mod(n,7),5))'")
    steps.append(f"scale=out_color_matrix={matrix.removesuffix('nc')}:out_range={levels},format={clip.pixel}")
    tags = f"range={levels}:colorspace={matrix}:color_primaries={primaries}:color_trc={clip.transfer}"
    fields = ":field_mode=tff" if clip.interlaced else ""
    steps.append(f"setparams={tags}{fields},setsar={clip.sar}")
    return ",".join(steps)


def _sound(at: int, channels: int, seconds: float) -> str:
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    shaped = f"aformat=sample_rates=48000:channel_layouts={layout}"
    return f"sine=frequency={220 * 2**at}:sample_rate=48000:duration={seconds},{shaped}"


def _maps(clip: Clip) -> list[str]:
    kinds = ["v"] * bool(clip.codec) + ["a"] * len(clip.audio) + ["s"] * len(clip.subtitles)
    maps = [part for at, kind in enumerate(kinds) for part in ("-map", f"{at}:{kind}")]
    if clip.chapters:
        maps += ["-map_chapters", str(len(kinds))]
    for kind, languages in (("a", clip.audio), ("s", clip.subtitles)):
        for at, language in enumerate(languages):
            maps += [f"-metadata:s:{kind}:{at}", f"language={language}"]
    return maps


def _encoding(clip: Clip) -> list[str]:
    options = ["-bitexact", "-threads", "2"]
    if clip.codec:
        options += ["-c:v", *VIDEO_ENCODERS[clip.codec], "-g", str(clip.gop), *_codec_options(clip)]
        options += ["-fps_mode", "passthrough"]
    if clip.audio:
        options += ["-c:a", clip.audio_codec or {"webm": "libopus"}.get(clip.container, "aac")]
    if clip.subtitles:
        options += ["-c:s", SUBTITLE_CODECS[clip.container]]
    if clip.fragmented:
        options += ["-movflags", "+frag_keyframe+empty_moov+default_base_moof"]
    return [*options, *clip.extra]


def _codec_options(clip: Clip) -> list[str]:
    opened = int(clip.open_gop)
    if clip.codec == "h264":
        fields = ":tff=1" if clip.interlaced else ""
        return ["-bf", str(clip.b_frames), "-x264-params", f"open-gop={opened}:scenecut=0{fields}"]
    if clip.codec == "hevc":
        quiet = f"log-level=error:open-gop={opened}:scenecut=0:bframes={clip.b_frames}"
        return ["-x265-params", quiet, *(["-tag:v", "hvc1"] if clip.container in {"mp4", "mov"} else [])]
    if clip.codec in {"mpeg2", "mpeg4"}:
        flags = ("" if opened else "+cgop") + ("+ilme+ildct" if clip.interlaced else "")
        cuts = ["-sc_threshold", "1000000000"]  # closed GOPs are refused without
        return ["-bf", str(clip.b_frames), *cuts, *(["-flags", flags] if flags else [])]
    return []


def _srt(language: str, seconds: float) -> str:
    """A cue of 0.8 s at each whole second."""
    cues = (f"{n + 1}\n{_clock(n)},000 --> {_clock(n)},800\n{language} {n}\n" for n in range(int(seconds)))
    return "\n".join(cues)


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _chapters(count: int, seconds: float) -> str:
    ends = [int(seconds * 1000 * n / count) for n in range(count + 1)]
    parts = (
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={ends[n]}\nEND={ends[n + 1]}\ntitle=Part {n + 1}\n"
        for n in range(count)
    )
    return ";FFMETADATA1\n" + "".join(parts)
