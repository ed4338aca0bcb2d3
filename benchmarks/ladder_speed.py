"""A six-rung ladder through `codek7 ingest`, against ffmpeg's own one-process split with the same settings,
and against six ffmpeg runs one after another.

    python -m benchmarks.ladder_speed [--rounds 3] [--seconds 60] [CLIP ...]

Ours includes everything: probing, chunks, records, sample pictures, packaging, checking, catalog. Each round
runs all three in turn; ratios are of the best wall and CPU seconds of each.
"""

from __future__ import annotations

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import ffmpeg

from benchmarks.measuring import CODEK7, Cost, cost, looped, machine, media
from codek7.core.ladder import STEREO, Ladder, Rung
from codek7.core.pipeline.plan import reorder_frames
from codek7.ffmpeg.encoders import video_options
from codek7.ffmpeg.graph import MUXER
from codek7.ffmpeg.program import find_ffmpeg
from codek7.files import write_ladder

CLIPS = ("moviepy_bbb_0_30.webm", "bbb_480p_30s.mp4")
SHARES = (Fraction(1), Fraction(3, 4), Fraction(3, 5), Fraction(1, 2), Fraction(3, 8), Fraction(1, 3))


def ladder_for(width: int, height: int, preset: str) -> Ladder:
    """Six rungs from the clip's own size downwards."""
    sizes = [(round(width * s / 2) * 2, round(height * s / 2) * 2) for s in SHARES]
    rungs = tuple(
        Rung(width=w, height=h, crf=23, ceiling_bps=max(150_000, w * h * 4), preset=preset)
        for w, h in reversed(sizes)
    )
    return Ladder(rungs=rungs, audio=(STEREO,))


def split(clip: Path, ladder: Ladder, folder: Path, rate: Fraction) -> list[str]:
    """ffmpeg's own way: one decode, one process, an output for each rung and the sound."""
    source = ffmpeg.input(str(clip))
    branches = source.video.filter_multi_output("split", len(ladder.rungs)) if len(ladder.rungs) > 1 else None
    outputs = [
        _output(
            branches.stream(i) if branches else source.video,
            rung,
            folder / f"split-{len(ladder.rungs)}-{i}.mp4",
            rate,
        )
        for i, rung in enumerate(ladder.rungs)
    ]
    if len(ladder.rungs) > 1 and _has_sound(clip):
        sound = {"c:a": "aac", "b:a": "128k", "ac": 2}
        outputs.append(ffmpeg.output(source.audio, str(folder / "split-sound.mp4"), **sound))
    merged = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    argv: list[str] = ffmpeg.compile(merged, cmd=[find_ffmpeg().path, "-v", "error", "-nostdin", "-y"])
    return argv


def _output(picture: Any, rung: Rung, path: Path, rate: Fraction) -> Any:
    """An output of ffmpeg-python, which has no types."""
    options = (
        MUXER
        | video_options(rung, rate, reorder_frames(1 / rate, rung.codec))
        | {"force_key_frames": "expr:gte(t,n_forced*2)", "fps_mode": "passthrough"}
    )
    scaled = picture.filter("scale", w=rung.width, h=rung.height, flags="bicubic").filter("format", "yuv420p")
    return ffmpeg.output(scaled, str(path), **options)


def _has_sound(clip: Path) -> bool:
    with av.open(str(clip)) as container:
        return bool(container.streams.audio)


def measure(clip: Path, rounds: int, preset: str) -> None:
    """All three ways, and their ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with av.open(str(clip)) as container:
            video = container.streams.video[0]
            ladder, rate = ladder_for(video.width, video.height, preset), Fraction(video.average_rate or 25)
        write_ladder(ladder, folder / "ladder.toml")
        ours, rival, single = [], [], []
        for number in range(rounds):
            home = folder / f"home-{number}"
            ours.append(
                cost(
                    [
                        str(CODEK7),
                        "ingest",
                        str(clip),
                        "--ladder",
                        str(folder / "ladder.toml"),
                        "--home",
                        str(home),
                    ]
                )
            )
            rival.append(cost(split(clip, ladder, folder, rate)))
            one = [cost(split(clip, Ladder(rungs=(rung,)), folder, rate)) for rung in ladder.rungs]
            single.append(Cost(sum(c.wall_s for c in one), sum(c.cpu_s for c in one)))
        _say(
            clip,
            preset,
            *(
                Cost(min(c.wall_s for c in each), min(c.cpu_s for c in each))
                for each in (ours, rival, single)
            ),
        )


def _say(clip: Path, preset: str, ours: Cost, rival: Cost, single: Cost) -> None:
    print(f"{clip.name} {preset}, wall and CPU seconds:")
    for name, each in (("codek7 ingest", ours), ("ffmpeg split", rival), ("six ffmpeg runs", single)):
        print(f"  {name:<16}{each.wall_s:7.1f} {each.cpu_s:7.1f}")
    print(f"  speed against the split {rival.wall_s / ours.wall_s:.3f} (wanted >= 0.95)")
    print(f"  CPU against the split   {ours.cpu_s / rival.cpu_s:.3f} (wanted <= 1.05)")
    print(f"  speed against six runs  {single.wall_s / ours.wall_s:.3f}")


def main() -> None:
    """Measure each clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--loops", type=int, default=1, help="each clip so many times over")
    parser.add_argument("--preset", default="veryfast")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        for clip in asked.clips or [media() / clip for clip in CLIPS]:
            measure(
                looped(clip, asked.loops, Path(name)) if asked.loops > 1 else clip, asked.rounds, asked.preset
            )


if __name__ == "__main__":
    main()
