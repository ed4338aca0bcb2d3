"""What a source's packets and key frames tell of its segments, without decoding the rest."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from codek7.core.media import Limits, VideoTrack
from codek7.ffmpeg.process import run
from codek7.ffmpeg.program import Program
from codek7.ffmpeg.safe_open import PROTOCOL_OPTIONS, open_media

SHOT_SCORE = 14.0
"""The scene score (of 100, FFmpeg's scdet) between two key frames from which they are of different shots."""
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


def key_frame_shots(
    path: Path, track: VideoTrack, program: Program, limits: Limits, *, stall_s: float, sandbox: bool
) -> list[int]:
    """The times, in ticks, of key frames that begin a shot: those that look unlike the key frame before."""
    argv = [program.path, "-loglevel", "error", "-copyts", "-skip_frame", "nokey"]
    argv += [part for name, value in PROTOCOL_OPTIONS.items() for part in (f"-{name}", str(value))]
    argv += ["-i", str(path), "-map", f"0:{track.index}", "-fps_mode", "passthrough"]
    argv += ["-vf", "scale=160:-2:flags=fast_bilinear,scdet=t=100,metadata=mode=print:file=-"]
    argv += ["-f", "null", "-"]
    said = bytearray()
    with TemporaryDirectory(prefix="codek7-") as folder:
        ran = run(
            argv,
            folder=Path(folder),
            reads=[path],
            on_output=said.extend,
            stall_s=stall_s,
            memory_bytes=limits.max_memory_bytes,
            sandbox=sandbox,
        )
    ran.require_done(f"looking for shots in {path.name}")
    return list(_shots(bytes(said)))


def _shots(said: bytes) -> list[int]:
    shots, pts = [], 0
    for line in _LINE.finditer(said):
        if line[2] is not None:
            pts = int(line[2])
        elif float(line[1]) >= SHOT_SCORE:
            shots.append(pts)
    return shots
