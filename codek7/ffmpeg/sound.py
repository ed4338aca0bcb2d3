"""The command for a sound track: on the presentation's timeline, exactly as long as it, AAC in fragments."""

from __future__ import annotations

from pathlib import Path

from codek7.core.tasks import AudioTask
from codek7.ffmpeg.safe_open import PROTOCOL_OPTIONS

FRAME = 1024
"""Samples in a coded frame of AAC-LC (ISO/IEC 14496-3)."""
PRIMING = 1024
"""Samples that FFmpeg's AAC encoder puts before the first one: one frame."""
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def audio_command(program: str, task: AudioTask, source: Path) -> list[str]:
    """Gaps become silence, sound before time 0 or after the end is cut, and what is missing at either end is
    silence: every rendition lasts as long as the pictures. Written to standard output as it is made."""
    import ffmpeg

    rate = task.rung.sample_rate
    total = round(task.cuts[-1][-1] * rate)
    sound = ffmpeg.input(source, **PROTOCOL_OPTIONS)[str(task.track.index)]
    origin = task.origin
    sound = sound.filter("asetpts", f"PTS-{origin.numerator}/{origin.denominator}/TB")
    sound = sound.filter("aresample", rate, **{"async": rate, "first_pts": 0})
    sound = sound.filter("aformat", sample_fmts="fltp", channel_layouts=LAYOUTS[task.rung.channels])
    sound = sound.filter("apad", whole_len=total).filter("atrim", end_sample=total)
    options = {
        "c:a": "aac",
        "b:a": task.rung.bitrate_bps,
        "flags:a": "+bitexact",
        "threads": 1,
        "f": "mp4",
        "movflags": "+empty_moov+default_base_moof",
        "frag_duration": 500_000,
        "flush_packets": 1,
        "fflags": "+bitexact",
        "avoid_negative_ts": "disabled",
        "map_metadata": "-1",
        "map_chapters": "-1",
    }
    output = ffmpeg.output(sound, "pipe:1", **options)
    # Sources go in as paths: as text, ffmpeg-python takes no name that is not Unicode.
    return [str(part) for part in ffmpeg.compile(output, cmd=[program, "-loglevel", "error", "-copyts"])]
