"""Command lines: one decode of a chunk that feeds all of its rungs and the sample pictures."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from codek7.core.ladder import Rung
from codek7.core.media import VideoTrack
from codek7.core.rung_sizes import fit, own_box
from codek7.core.tasks import EncodeTask, Filter, ReferenceTask, Target
from codek7.ffmpeg.colour import is_tone_mapped, is_wide, scaling, tagging, tone_mapping
from codek7.ffmpeg.encoders import video_options
from codek7.ffmpeg.safe_open import PROTOCOL_OPTIONS

SAMPLE_HEIGHT = 480
SAMPLE_EVERY_S = 1
SHOT_SCORE = 0.3
"""FFmpeg's scene score from which a picture counts as the first of a shot."""

MUXER = {
    "f": "mp4",
    "movflags": "+frag_keyframe+empty_moov+default_base_moof+cmaf+frag_discont+negative_cts_offsets",
    "avoid_negative_ts": "disabled",
    "fflags": "+bitexact",
    "map_metadata": "-1",
    "map_chapters": "-1",
}
"""Timestamps reach the fragments as the encoder gave them; nothing depends on the muxer's build."""


def target_file(index: int) -> str:
    """The scratch file that target number `index` is encoded to."""
    return f"target-{index}.mp4"


SAMPLES_FILE = "samples.mp4"


def chunk_command(
    program: str, task: EncodeTask, source: Path, folder: Path, lead_s: int | None
) -> list[str]:
    """The command for a chunk: start reading `lead_s` seconds before it (None: from the source's start).

    Seeking alone loses frames on open GOPs and transport streams, so the chunk is chosen by `trim`, exactly.
    """
    import ffmpeg

    decoded = _chunk_frames(ffmpeg.input(source, **_input_options(task, lead_s)), task)
    mapped = [is_tone_mapped(target.rung, task.track) for target in task.targets]
    mapped += [is_wide(task.track)] * bool(task.samples_key)
    picture = _branches(decoded, task.track, mapped)
    outputs = [
        _target_output(ffmpeg, picture[i], task, target, folder / target_file(i))
        for i, target in enumerate(task.targets)
    ]
    if task.samples_key:
        outputs.append(_samples_output(ffmpeg, picture[-1], task.track, folder / SAMPLES_FILE))
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    # Sources go in as paths: as text, ffmpeg-python takes no name that is not Unicode.
    return [
        str(part) for part in ffmpeg.compile(merged, cmd=[program, "-loglevel", "error", "-copyts", "-y"])
    ]


def reference_command(
    program: str, task: ReferenceTask, source: Path, output: Path, lead_s: int | None
) -> list[str]:
    """The command for a chunk's pictures, losslessly: decoded and prepared as for a rung of the source's
    size."""
    import ffmpeg

    picture = _chunk_frames(ffmpeg.input(source, **_input_options(task, lead_s)), task)
    seen = reference_rung(task)
    if is_tone_mapped(seen, task.track):
        for step in tone_mapping(task.track):
            picture = _apply(picture, step)
    if task.divisor > 1:
        picture = picture.filter("framestep", step=task.divisor)
    for each in (*scaling(seen, task.track), *tagging(seen, task.track)):
        picture = _apply(picture, each)
    options = {"c:v": "ffvhuff", "flags:v": "+bitexact", "fps_mode": "passthrough", "map_metadata": "-1"}
    out = ffmpeg.output(picture, str(output), f="matroska", **options)
    return [str(part) for part in ffmpeg.compile(out, cmd=[program, "-loglevel", "error", "-copyts", "-y"])]


def reference_rung(task: ReferenceTask) -> Rung:
    """The rung whose pictures, not encoded, the reference is: as deep as the source, and as large as it is
    seen."""
    track = task.track
    width, height = fit(track.display_size, own_box(track.display_size))
    deep = task.dynamic_range != "sdr" or track.bit_depth > 8
    return Rung(
        codec="hevc" if deep else "h264",
        width=width,
        height=height,
        crf=0,
        ceiling_bps=1_000_000,
        dynamic_range=task.dynamic_range,
        bit_depth=10 if deep else 8,
    )


def _input_options(task: EncodeTask | ReferenceTask, lead_s: int | None) -> dict[str, Any]:
    options: dict[str, Any] = {**PROTOCOL_OPTIONS, "max_pixels": task.limits.max_pixels}
    options |= {"noaccurate_seek": None, "seek_timestamp": "1"}
    start = task.chunk.start * task.track.time_base
    if lead_s is not None and task.chunk.start > task.origin:
        at = max(start - lead_s, task.origin * task.track.time_base)
        options["ss"] = f"{float(at):.6f}"
    return options


def _chunk_frames(source: Any, task: EncodeTask | ReferenceTask) -> Any:
    frames = source[str(task.track.index)]
    if task.track.interlaced:
        frames = frames.filter("bwdif", mode="send_frame", deint="interlaced")
        base = task.track.time_base
        frames = frames.filter("settb", f"{base.numerator}/{base.denominator}")
    frames = frames.filter("trim", start_pts=task.chunk.start, end_pts=task.chunk.end)
    frames = frames.filter("select", "isnan(prev_selected_pts)+gt(pts,prev_selected_pts)")
    return frames.filter("setpts", f"PTS-{task.origin}")


def _branches(decoded: Any, track: VideoTrack, mapped: Sequence[bool]) -> list[Any]:
    """A stream for each output: of the decoded picture, or of the one tone-mapped picture that all share."""
    plain, wide = mapped.count(False), mapped.count(True)
    first = _split(decoded, plain + bool(wide))
    if wide:
        picture = first.pop()
        for step in tone_mapping(track):
            picture = _apply(picture, step)
        sdr = _split(picture, wide)
    return [sdr.pop(0) if is_mapped else first.pop(0) for is_mapped in mapped]


def _split(picture: Any, count: int) -> list[Any]:
    if count < 2:
        return [picture] * count
    branches = picture.filter_multi_output("split", count)
    return [branches.stream(i) for i in range(count)]


def _target_output(ffmpeg: Any, picture: Any, task: EncodeTask, target: Target, path: Path) -> Any:
    if target.divisor > 1:
        picture = picture.filter("framestep", step=target.divisor)
    rung, track = target.rung, task.track
    for each in (*scaling(rung, track), *target.filters, *tagging(rung, track)):
        picture = _apply(picture, each)
    base = track.time_base
    options = MUXER | video_options(rung, target.frame_rate, target.reorder)
    options |= {
        "fps_mode": "passthrough",
        "enc_time_base": f"{base.numerator}/{base.denominator}",
        "video_track_timescale": str(base.denominator),
    } | _forced_idrs(task, target.frames)
    return ffmpeg.output(picture, str(path), **options)


def _samples_output(ffmpeg: Any, picture: Any, track: VideoTrack, path: Path) -> Any:
    width, height = sample_size(track)
    full = track.colour.range == "pc" and not is_wide(track)
    size = {"w": str(width), "h": str(height), "flags": "fast_bilinear", "out_range": "pc"}
    shape = Filter(name="scale", options=size | {"in_range": "pc" if full else "tv"})
    for each in (_samples_choice(), shape, Filter(name="format", options={"pix_fmts": "yuvj420p"})):
        picture = _apply(picture, each)
    base = track.time_base
    options = MUXER | {
        "c:v": "mjpeg",
        "q:v": "4",
        "huffman": "optimal",
        "flags:v": "+bitexact",
        "fps_mode": "passthrough",
        "enc_time_base": f"{base.numerator}/{base.denominator}",
        "video_track_timescale": str(base.denominator),
        "threads": "1",
    }
    return ffmpeg.output(picture, str(path), **options)


def _samples_choice() -> Filter:
    late = f"gte(t-prev_selected_t,{SAMPLE_EVERY_S})"
    return Filter(name="select", options={"expr": f"isnan(prev_selected_t)+{late}+gt(scene,{SHOT_SCORE})"})


def sample_size(track: VideoTrack) -> tuple[int, int]:
    """Width and height of the sample pictures of a track: even, upright, square pixels, never enlarged."""
    width, height = track.display_size
    scale = min(Fraction(1), Fraction(SAMPLE_HEIGHT, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _apply(picture: Any, step: Filter) -> Any:
    return picture.filter(step.name, **step.options)


def _forced_idrs(task: EncodeTask, frames: Sequence[int]) -> dict[str, str]:
    """Where IDR pictures are forced, in seconds, each half a frame early so that rounding cannot miss it.

    The first picture of an encode is one anyway.
    """
    wanted = set(task.idrs)
    early = [Fraction(before + frame, 2) for before, frame in pairwise(frames) if frame in wanted]
    times = [f"{float((time - task.origin) * task.track.time_base):.6f}" for time in early]
    return {"force_key_frames": ",".join(times)} if times else {}
