"""Ladders found by few probes, against the fixed ladder and against all probes there could be.

For the first seconds of each clip, in homes of their own: a study; the exhaustive grid (every size with eight
parameters, every picture scored) through the same engine; and the fixed ladder of Apple's authoring
specification, nine rungs by two-pass rate control, with IDR pictures where the study has them. x264, one
preset, VMAF at the source's size, BD-rate by PCHIP over VMAF 60 to 95. Of clips on which the cheapest and the
dearest fixed rung are less than two just-noticeable differences apart there is nothing to compare: they are
shown, and in no mean.

    python -m benchmarks.ladder_search [--seconds 4] [--clips NAME,NAME] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measuring import machine, media
from codek7.core.ladder import Rung, Tuning
from codek7.core.pipeline.trial import plan_trials, reference_task
from codek7.core.rung_sizes import fit, own_box, pixels
from codek7.core.study import Chosen, FrontMoved, Point, StudyEnded, Trial, TrialEnded
from codek7.engine import open_engine, reference_file
from codek7.ffmpeg.program import find_ffmpeg
from codek7.hub import Hub
from codek7.jobs import find_policy, find_source
from codek7.study import run_study
from codek7.study.bd_rate import bd_rate
from codek7.study.candidates import find_candidates
from codek7.study.choosing import Wish, choose
from codek7.study.curves import SizeCurve, Tried, curves_of
from codek7.study.front import front_of
from codek7.study.scales import SCALES, choose_metric
from codek7.study.scope import cut
from codek7.study.trying import Bench

CLIPS = {
    "sowt-with-video.mov": "1080p50, camera",
    "dovi_1080p60_dvav09.mp4": "1080p60, camera",
    "pixel7_videoOnly_cleaned.mp4": "1080p30 portrait, phone, hardly moves",
    "bbb_1920x1080_60fps_vp8.webm": "1080p60, animation",
    "moviepy_bbb_0_30.webm": "720p24, animation",
    "skv_bigbuckbunny.mp4": "720p25, animation",
    "emulator_transformer.mp4": "720p30, city, camera",
    "rotated270.mp4": "720p30 portrait, phone",
    "mdn_rabbit.mp4": "480p30, toy on wood",
    "mdn_crystal.mp4": "480p30, crystal ball",
    "mdn_monster.mp4": "480p30, figures",
    "gopro_karma.mp4": "480p30, drone",
    "bbb_480p_30s.mp4": "480p24, animation",
    "intel_car-detection.mp4": "432p12.5, fixed camera",
    "kivy_cityCC0.mpg": "405p25, traffic",
}
GRID = tuple(range(16, 45, 4))
APPLE = (
    (145, 234), (365, 360), (730, 432), (1100, 432), (2000, 540), (3000, 720), (4500, 720), (6000, 1080),
    (7800, 1080),
)  # fmt: skip
"""Kilobits a second and lines of the H.264 rungs, as listed in Apple's HLS authoring specification."""
LOW, HIGH = 60.0, 95.0
LEAST_SPAN = 12.0
"""Of VMAF, between the cheapest and the dearest fixed rung."""
Points = list[tuple[float, float]]


class Took(NamedTuple):
    """Seconds on the clock, and of CPU in what was started."""

    wall_s: float
    cpu_s: float


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began, self._used = time.monotonic(), _used()

    def read(self) -> Took:
        """What was taken so far."""
        return Took(time.monotonic() - self._began, _used() - self._used)


def _used() -> float:
    ours, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return ours.ru_utime + ours.ru_stime + theirs.ru_utime + theirs.ru_stime


def shortened(clip: Path, seconds: float, folder: Path) -> Path:
    """The first seconds of a clip, as they are: one segment, so that every way of encoding sees the same."""
    path = folder / clip.name
    argv = [find_ffmpeg().path, "-v", "fatal", "-i", str(clip), "-t", str(seconds), "-map", "0:v:0"]
    subprocess.run([*argv, "-c", "copy", str(path)], check=True)
    return path


class Studied(NamedTuple):
    """How a study ended, what it tried, what it expected before any rung was made in full, and what the
    search alone took, and all of it."""

    chosen: Chosen
    trials: list[Trial]
    expected: tuple[Point, ...]
    searched: Took
    whole: Took

    def first_off(self) -> tuple[float, float]:
        """By how much rungs were off before any was corrected: the part of the rate, and the score."""
        made = {_key(t.rung): t for t in self.trials if t.purpose == "verify"}
        pairs = [(p.average_bps, p.score, made[_key(p.rung)]) for p in self.expected]
        return (
            max(abs(trial.average_bps / bps - 1) for bps, _, trial in pairs),
            max(abs(trial.score - score) for _, score, trial in pairs),
        )


def _key(rung: Rung) -> tuple[int, float, int]:
    return rung.height, rung.crf, rung.ceiling_bps


def study(home: Path, clip: Path) -> Studied:
    """A study from the very start."""
    watch = Watch()
    trials: list[Trial] = []
    expected: tuple[Point, ...] = ()
    searched = watch.read()
    with Hub.open(home) as hub:
        source, path = find_source(hub, str(clip))
        for update in run_study(hub, source, path, find_policy(hub, "capped")):
            if isinstance(update, FrontMoved):
                expected, searched = update.ladder, watch.read()
            if isinstance(update, TrialEnded):
                trials.append(update.trial)
            if isinstance(update, StudyEnded):
                return Studied(update.chosen, trials, expected, searched, watch.read())
    raise RuntimeError("a study ends with a ladder")


def exhaustive(home: Path, clip: Path) -> tuple[dict[int, SizeCurve], Took]:
    """Every size of the study with every parameter of the grid, every picture scored; and what that took."""
    watch = Watch()
    with Hub.open(home) as hub:
        source, path = find_source(hub, str(clip))
        probed = hub.hooks.probe(path, hub.settings.limits)
        track = probed.info.video
        assert track
        planned, (candidates, *_) = find_candidates(probed.info, find_policy(hub, "capped"), hub.hooks)
        metric = choose_metric("", pixels(track.display_size), hub.hooks.meters())
        timeline = cut(probed, track, planned)
        tried: dict[int, list[Tried]] = {}
        with open_engine(hub) as engine:
            bench = Bench(engine, hub.catalog, source, probed, metric, thorough=False)
            for size in candidates.rungs:
                rungs = [candidates.probe(size, crf) for crf in GRID]
                done = [
                    each
                    for each in bench.run(rungs, timeline, "probe", every=1)
                    if isinstance(each, TrialEnded)
                ]
                tried[size] = [Tried(e.trial.rung.crf, e.trial.average_bps, e.trial.score) for e in done]
        return curves_of(tried), watch.read()


def fixed(home: Path, clip: Path, folder: Path) -> Points:
    """Apple's rungs up to the source's size, by two passes, scored as everything else."""
    with Hub.open(home) as hub:
        source, path = find_source(hub, str(clip))
        probed = hub.hooks.probe(path, hub.settings.limits)
        track = probed.info.video
        assert track
        planned, _ = find_candidates(probed.info, find_policy(hub, "capped"), hub.hooks)
        timeline = cut(probed, track, planned)
        plan = plan_trials(
            source,
            probed,
            planned.rungs[-1:],
            timeline,
            tools="",
            limits=hub.settings.limits,
            filters=lambda *_: (),
        )
        task = reference_task(plan, plan.video[0], timeline.chunks[0], "")
        metric = choose_metric("", pixels(track.display_size), hub.hooks.meters())
        own = own_box(track.display_size)
        seconds = timeline.duration_us / 1_000_000
        idrs = ",".join(f"{max(0.0, float(timeline.seconds(at)) - 0.001):.4f}" for at in timeline.idrs)
        points: Points = []
        with reference_file(hub, task, path) as reference:
            for kbps, box in APPLE:
                if box > own * 1.02:
                    continue
                width, height = fit(track.display_size, box)
                made = _two_passes(reference, kbps, (width, height), idrs, planned.rungs[-1], folder)
                (score,) = hub.hooks.measure(reference, made, (metric,)).answers
                points.append((made.stat().st_size * 8 / seconds, score.mean))
        return points


def _two_passes(
    reference: Path, kbps: int, size: tuple[int, int], idrs: str, like: Rung, folder: Path
) -> Path:
    path = folder / "fixed.mp4"
    for number in (1, 2):
        argv = [find_ffmpeg().path, "-v", "error", "-y", "-f", "matroska", "-i", str(reference)]
        argv += ["-vf", f"scale={size[0]}:{size[1]}:flags=bicubic", "-fps_mode", "passthrough"]
        argv += ["-c:v", "libx264", "-preset", like.preset, "-threads", "1", "-profile:v", "high"]
        argv += ["-b:v", f"{kbps}k", "-maxrate", f"{2 * kbps}k", "-bufsize", f"{2 * kbps}k"]
        argv += ["-g", "9999", "-sc_threshold", "0", "-force_key_frames", idrs, "-forced-idr", "1"]
        argv += ["-pass", str(number), "-passlogfile", "log"]
        argv += ["-f", "null", "-"] if number == 1 else [str(path)]
        subprocess.run(argv, check=True, cwd=folder)
    return path


def compared(name: str, clip: Path, folder: Path) -> dict[str, Any]:
    """All that is said of one clip."""
    studied = study(folder / "study", clip)
    chosen, trials, searched, whole = studied.chosen, studied.trials, studied.searched, studied.whole
    again = study(folder / "study", clip).whole
    curves, grid = exhaustive(folder / "grid", clip)
    apple = fixed(folder / "grid", clip, folder)
    front = front_of(curves, "h264")
    best = [(place.bps, place.score) for place in front.places]
    ours = [(point.average_bps, point.score) for point in chosen.verified]
    found = _front_found(trials, curves)
    first_rate_off, first_score_off = studied.first_off()
    return {
        "clip": name,
        "what": CLIPS[name],
        "probes": chosen.probes,
        "grid_probes": len(GRID) * len(curves),
        "bd_fixed": bd_rate(ours, apple, low=LOW, high=HIGH),
        "bd_fixed_by_grid": bd_rate(best, apple, low=LOW, high=HIGH),
        "bd_standard": chosen.bd_rate,
        "bd_grid": bd_rate(found, best, low=LOW, high=HIGH),
        "wall_search": grid.wall_s / searched.wall_s,
        "cpu_search": grid.cpu_s / searched.cpu_s,
        "wall_study": grid.wall_s / whole.wall_s,
        "repeat": whole.wall_s / again.wall_s,
        "storage": _storage(trials, apple),
        "rate_off": max(
            abs(p.average_bps / v.average_bps - 1)
            for p, v in zip(chosen.predicted, chosen.verified, strict=True)
        ),
        "score_off": max(
            abs(p.score - v.score) for p, v in zip(chosen.predicted, chosen.verified, strict=True)
        ),
        "first_rate_off": first_rate_off,
        "first_score_off": first_score_off,
        "rungs": [[round(bps), round(score, 2)] for bps, score in ours],
        "fixed": [[round(bps), round(score, 2)] for bps, score in apple],
    }


def _searched(trials: list[Trial]) -> dict[int, SizeCurve]:
    tried: dict[int, list[Tried]] = {}
    for trial in trials:
        if trial.purpose == "probe":
            size = trial.rung.width * trial.rung.height
            tried.setdefault(size, []).append(Tried(trial.rung.crf, trial.average_bps, trial.score))
    return curves_of(tried)


def _front_found(trials: list[Trial], truth: dict[int, SizeCurve]) -> Points:
    """What the search takes for the front, as the grid says that it really is."""
    front = front_of(_searched(trials), "h264").within(25, 96)
    return [(truth[p.size].bps(p.crf), truth[p.size].score(p.crf)) for p in front.places]


def _storage(trials: list[Trial], apple: Points) -> float:
    """By how much fewer bits all rungs have than the fixed ones, with a top as good as theirs."""
    curves = _searched(trials)
    front = front_of(curves, "h264")
    top = max(score for _, score in apple)
    asked = Tuning()
    scale = SCALES["vmaf"]._replace(top=top)
    wish = Wish(scale=scale, most=12, ratio=asked.step_ratio, lowest_bps=asked.lowest_bps)
    ours = sum(place.bps for place in choose(front, curves, "h264", wish))
    return 1 - ours / sum(bps for bps, _ in apple)


MEANS = (
    "bd_fixed", "bd_fixed_by_grid", "bd_grid", "wall_search", "cpu_search", "wall_study", "storage", "repeat",
    "rate_off", "score_off", "first_rate_off", "first_score_off",
)  # fmt: skip


def spans(row: dict[str, Any]) -> bool:
    """Whether the fixed rungs can be told apart."""
    scores = [score for _, score in row["fixed"]]
    return bool(max(scores) - min(scores) >= LEAST_SPAN)


def rows(found: list[dict[str, Any]]) -> Iterator[str]:
    """The table, and the means."""
    yield (
        f"{'clip':<26}{'probes':>9}{'vs fixed':>10}{'(grid)':>9}{'vs grid':>9}{'wall':>7}{'CPU':>7}"
        f"{'storage':>9}{'rate':>7}{'VMAF':>7}{'repeat':>8}"
    )
    for row in found:
        probes = f"{row['probes']}/{row['grid_probes']}"
        against = (_percent(row["bd_fixed"]), _percent(row["bd_fixed_by_grid"]), _percent(row["bd_grid"], 2))
        yield (
            f"{row['clip'][:25]:<26}{probes:>9}{against[0]:>10}{against[1]:>9}{against[2]:>9}"
            f"{row['wall_search']:>6.1f}x{row['cpu_search']:>6.1f}x{row['storage']:>9.0%}"
            f"{row['rate_off']:>7.1%}{row['score_off']:>7.2f}{row['repeat']:>7.0f}x"
        )
    counted = [row for row in found if spans(row)]
    yield f"means are of {len(counted)} clips; of {len(found) - len(counted)} there is nothing to compare"
    for name in MEANS:
        values = [row[name] for row in counted if row[name] is not None]
        if values:
            yield f"mean {name}: {sum(values) / len(values):.3f}; from {min(values):.3f} to {max(values):.3f}"


def _percent(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:+.{digits}f}%"


def main() -> None:
    """Compare clip by clip, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clips", default=",".join(CLIPS))
    parser.add_argument("--out", type=Path, help="also write what was found, as JSON")
    asked = parser.parse_args()
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}", flush=True)
    found: list[dict[str, Any]] = []
    for name in asked.clips.split(","):
        with tempfile.TemporaryDirectory(prefix="codek7-bench-") as folder:
            clip = shortened(media() / name, asked.seconds, Path(folder))
            found.append(compared(name, clip, Path(folder)))
        print(list(rows(found[-1:]))[1], flush=True)
        if asked.out:
            asked.out.write_text(json.dumps(found, indent=1))
    print("\n".join(rows(found)))


if __name__ == "__main__":
    main()
