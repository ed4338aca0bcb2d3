"""VMAF of a real clip by each meter that has it here, against the plain ffmpeg command for the same pictures.

    python -m benchmarks.scoring_speed [--rounds 3] [CLIP]

The reference is the clip without loss, all intra, as trials are measured against; beside it stand an encode
of its own size, and one of two thirds. All take turns; ratios are of the best wall and CPU seconds of each.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.measuring import Cost, machine, media
from codek7.core.hooks import Hooks
from codek7.core.measurement import VMAF, Metric
from codek7.core.media import Limits
from codek7.ffmpeg.program import find_ffmpeg
from codek7.ffmpeg.sides import read_side
from codek7.plugins import measure_av, measure_imageio
from codek7.testing.plugin import hooks_of

CLIP = "emulator_transformer.mp4"
USUAL = Metric(name="vmaf", model=VMAF)
CLOCK = "settb=1/30,setpts=N"


def ffmpeg(*arguments: str) -> None:
    """Run the program that the meters use."""
    subprocess.run([find_ffmpeg().path, "-v", "error", "-nostdin", "-y", *arguments], check=True)


def plain(reference: Path, distorted: Path, size: str) -> None:
    """What people type who know that pictures have to be paired by number."""
    graph = f"[0:v]scale={size}:flags=bicubic,{CLOCK}[a];[1:v]{CLOCK}[b];[a][b]libvmaf=n_threads=2"
    ffmpeg("-i", str(distorted), "-i", str(reference), "-lavfi", graph, "-f", "null", "-")


def ours(hooks: Hooks, reference: Path, distorted: Path) -> None:
    """By a meter."""
    assert not hooks.measure(reference, distorted, [USUAL]).raised


def took(work: Callable[[], object]) -> Cost:
    """What it costs, here and in what it starts."""
    before, began = _cpu_s(), time.monotonic()
    work()
    return Cost(time.monotonic() - began, _cpu_s() - before)


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def compare(name: str, reference: Path, distorted: Path, size: str, rounds: int) -> None:
    """Every meter against the plain command, in turns."""
    meters = {}
    for plugin in (measure_av, measure_imageio):
        hooks = hooks_of(plugin)
        (meter,) = hooks.meters()
        if USUAL in meter.metrics:
            meters[meter.signature.partition("@")[0]] = hooks
    costs: dict[str, list[Cost]] = {"plain ffmpeg": [], **{meter: [] for meter in meters}}
    for _ in range(rounds):
        costs["plain ffmpeg"].append(took(partial(plain, reference, distorted, size)))
        for meter, hooks in meters.items():
            costs[meter].append(took(partial(ours, hooks, reference, distorted)))
    best = {
        meter: Cost(min(c.wall_s for c in each), min(c.cpu_s for c in each)) for meter, each in costs.items()
    }
    rival = best.pop("plain ffmpeg")
    print(f"{name}: plain ffmpeg {rival.wall_s:.2f} s, CPU {rival.cpu_s:.2f} s")
    for meter, own in best.items():
        print(f"  {meter} {own.wall_s:.2f} s, CPU {own.cpu_s:.2f} s")
        print(
            f"    speed {rival.wall_s / own.wall_s:.2f} (wanted >= 1.00), CPU {own.cpu_s / rival.cpu_s:.2f}"
        )


def main() -> None:
    """Both sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", nargs="?", type=Path, default=None)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    clip = asked.clip or media() / CLIP
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reference, same, smaller = (folder / each for each in ("ref.mkv", "same.mp4", "smaller.mp4"))
        x264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "30")
        ffmpeg("-i", str(clip), "-map", "0:v:0", "-c:v", "ffv1", "-g", "1", str(reference))
        ffmpeg("-i", str(reference), *x264, str(same))
        ffmpeg("-i", str(reference), "-vf", "scale=trunc(iw/3)*2:-2:flags=bicubic", *x264, str(smaller))
        side = read_side(reference, Limits())
        size = f"{side.width}:{side.height}"
        compare("same size", reference, same, size, asked.rounds)
        compare("two thirds", reference, smaller, size, asked.rounds)


if __name__ == "__main__":
    main()
