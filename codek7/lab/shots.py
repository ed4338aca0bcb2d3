"""The shots of a clip, as a storyboard shows them."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from pathlib import Path

from codek7.core.media import Probed
from codek7.ffmpeg.looks import segment_bytes, shot_times
from codek7.ffmpeg.program import find_ffmpeg
from codek7.hub import Hub
from codek7.lab.views.storyboard import Shot


def cuts_of(hub: Hub, path: Path, probed: Probed) -> tuple[int, ...]:
    """When shots begin, in ticks of the track, the first picture's time first."""
    track, times = probed.info.video, probed.frame_times
    if track is None or times is None:
        return ()
    settings = hub.settings
    found = shot_times(
        path,
        track,
        find_ffmpeg(settings.ffmpeg),
        settings.limits,
        every_frame=True,
        stall_s=settings.stall_s,
        sandbox=settings.sandbox,
    )
    first = times.pts()[0]
    return (first, *(at for at in found if first < at < times.end))


def shots_of(hub: Hub, path: Path, probed: Probed) -> tuple[Shot, ...]:
    """Each shot with the rate that the source spends on it: what is hard to encode cost it most."""
    track, times = probed.info.video, probed.frame_times
    if track is None or times is None:
        return ()
    cuts = [*cuts_of(hub, path, probed), times.end]
    sizes = segment_bytes(path, track, cuts, hub.settings.limits)
    shots = []
    for size, (start, end) in zip(sizes, pairwise(cuts), strict=True):
        seconds = (end - start) * track.time_base
        bps = round(size * 8 / seconds)
        at = [round((tick - cuts[0]) * track.time_base * 1_000_000) for tick in (start, end)]
        shots.append(Shot(start_us=at[0], end_us=at[1], average_bps=bps, complexity=float(bps)))
    return tuple(shots)


def frame_numbers(cuts: tuple[int, ...], frames: tuple[int, ...]) -> tuple[int, ...]:
    """The first frame of each shot among frames at these times."""
    numbers = {bisect_right(frames, cut - 1) for cut in cuts if frames and cut <= frames[-1]}
    return tuple(sorted(numbers))
