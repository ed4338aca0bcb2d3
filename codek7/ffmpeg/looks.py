"""What a source's packets and key frames tell of its segments, without decoding the rest."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from codek7.core.media import Limits, VideoTrack
from codek7.core.scratch import aside
from codek7.ffmpeg.process import run
from codek7.ffmpeg.program import Program
from codek7.ffmpeg.safe_open import PROTOCOL_OPTIONS, open_media

SHOT_SCORE, KEY_SHOT_SCORE = 10.0, 14.0
"""The scene score (of 100, FFmpeg's scdet, whose own threshold is the first) from which two pictures that
follow each other are of different shots; and two key frames, which are further apart."""
_LINE = re.compile(rb"lavfi\.scd\.score=([0-9.]+)|pts:\s*(-?\d+)")


def segment_bytes(path: Path, track: VideoTrack, cuts: Sequence[int], limits: Limits) -> list[int]:
    """Bytes of the source's packets in each segment (`cuts`: their starts and the end of the last, in
    ticks)."""
    sizes = [0] * (len(cuts) - 1)
    with open_media(path, limits) as container:
        for packet in container.demux(container.streams[track.index]):
            if packet.pts is not None and cuts[0] <= packet.pts < cuts[-1]:
                sizes[bisect_right(cuts, packet.pts) - 1] += packet.size
    return sizes


def shot_times(
    path: Path,
    track: VideoTrack,
    program: Program,
    limits: Limits,
    *,
    every_frame: bool,
    stall_s: float,
    sandbox: bool,
) -> list[int]:
    """The times, in ticks, of pictures that begin a shot: those that look unlike the one before. With
    `every_frame` all are decoded, else only key frames, which is much faster and finds only those."""
    argv = [program.path, "-loglevel", "error", "-copyts", *([] if every_frame else ["-skip_frame", "nokey"])]
    argv += [part for name, value in PROTOCOL_OPTIONS.items() for part in (f"-{name}", str(value))]
    argv += ["-i", str(path), "-map", f"0:{track.index}", "-fps_mode", "passthrough"]
    argv += ["-vf", "scale=160:-2:flags=fast_bilinear,scdet=t=100,metadata=mode=print:file=-"]
    argv += ["-f", "null", "-"]
    said = bytearray()
    with aside() as folder:
        ran = run(
            argv,
            folder=folder,
            reads=[path],
            on_output=said.extend,
            stall_s=stall_s,
            memory_bytes=limits.max_memory_bytes,
            sandbox=sandbox,
        )
    ran.require_done(f"looking for shots in {path.name}")
    return _shots(bytes(said), SHOT_SCORE if every_frame else KEY_SHOT_SCORE)


def _shots(said: bytes, least: float) -> list[int]:
    shots, pts = [], 0
    for line in _LINE.finditer(said):
        if line[2] is not None:
            pts = int(line[2])
        elif float(line[1]) >= least:
            shots.append(pts)
    return shots
