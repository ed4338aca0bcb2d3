"""The command for a sound track: on the presentation's timeline, as long as it, coded frames in fragments."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from codek7.core.ladder import SoundCodec
from codek7.core.tasks import AudioTask
from codek7.ffmpeg.safe_open import PROTOCOL_OPTIONS


class Coding(NamedTuple):
    """How a codec is coded by its encoder in FFmpeg, in samples.

    `priming` of them come before the first one and are taken off again by an edit list. Where demuxers heed
    edit lists of no such codec, `lead` samples of silence before the sound make one whole frame of what comes
    before, `left_out` of the track: its first few milliseconds fade in, as they do wherever a player begins.
    """

    encoder: str
    frame: int
    priming: int = 0
    lead: int = 0
    left_out: int = 0
    late_init: bool = False
    """Whether the muxer has to see a frame before it can write the init section."""


CODINGS: dict[SoundCodec, Coding] = {
    "aac": Coding("aac", frame=1024, priming=1024),
    "ac3": Coding("ac3", frame=1536, lead=1536 - 256, left_out=1, late_init=True),
}
"""AAC-LC (ISO/IEC 14496-3) and AC-3 (ETSI TS 102 366), whose encoder puts 256 samples before the first."""
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def audio_command(program: str, task: AudioTask, source: Path) -> list[str]:
    """Gaps become silence, sound before time 0 or after the end is cut, and what is missing at either end is
    silence: every rendition lasts as long as the pictures. Written to standard output as it is made."""
    import ffmpeg

    rate, coding = task.rung.sample_rate, CODINGS[task.rung.codec]
    total = round(task.cuts[-1][-1] * rate) + coding.left_out * coding.frame
    sound = ffmpeg.input(source, **PROTOCOL_OPTIONS)[str(task.track.index)]
    origin = task.origin - Fraction(coding.lead, rate)
    sound = sound.filter("asetpts", f"PTS-{origin.numerator}/{origin.denominator}/TB")
    sound = sound.filter("aresample", rate, **{"async": rate, "first_pts": 0})
    sound = sound.filter("aformat", sample_fmts="fltp", channel_layouts=LAYOUTS[task.rung.channels])
    sound = sound.filter("apad", whole_len=total).filter("atrim", end_sample=total)
    options = {
        "c:a": coding.encoder,
        "b:a": task.rung.bitrate_bps,
        "flags:a": "+bitexact",
        "threads": 1,
        "f": "mp4",
        "movflags": "+empty_moov+default_base_moof" + "+delay_moov" * coding.late_init,
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
