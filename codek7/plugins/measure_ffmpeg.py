"""Measures quality with the ffmpeg program: VMAF, PSNR and SSIM in one pass where it has libvmaf, else the
latter two, each by its own filter and never called VMAF.

Pictures are paired by number. Time bases, tags and ranges would otherwise move the numbers, so both sides are
brought to the reference's size, limited range and one clock first.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from codek7.core.errors import MediaEmpty, MediaUnreadable, ToolMissing
from codek7.core.hookspecs import hookimpl
from codek7.core.measurement import VMAF, Comparison, Measurement, Meter, Metric, MetricName
from codek7.core.media import Limits
from codek7.core.settings import Settings
from codek7.ffmpeg.process import run
from codek7.ffmpeg.program import Program, find_ffmpeg
from codek7.ffmpeg.safe_open import PROTOCOL_OPTIONS, open_media

LOG = "scores.json"
STATS: dict[MetricName, tuple[str, str]] = {
    "psnr": ("psnr.log", r"psnr_y:(\S+)"),
    "ssim": ("ssim.log", r"\bY:(\S+)"),
}
VMAF_METRICS: dict[MetricName, str] = {"vmaf": "vmaf", "psnr": "psnr_y", "ssim": "float_ssim"}
HIGHEST_PSNR = 100.0
"""What stands for the infinite PSNR of equal pictures."""


class _Pooled(msgspec.Struct):
    """A frame of libvmaf's log."""

    metrics: dict[str, float]


class _Log(msgspec.Struct):
    """libvmaf's log."""

    frames: list[_Pooled]


class Plugin:
    """Keeps the settings it is configured with."""

    def __init__(self) -> None:
        self._settings = Settings()

    @hookimpl
    def codek7_configure(self, settings: Settings) -> None:
        """Which program, and how long it may stand still."""
        self._settings = settings

    @hookimpl
    def codek7_meters(self) -> Sequence[Meter]:
        """The program, with VMAF where it has libvmaf."""
        try:
            program = find_ffmpeg(self._settings.ffmpeg)
        except ToolMissing as error:
            return (Meter(signature="ffmpeg@none", trouble=str(error)),)
        names: tuple[MetricName, ...] = ("psnr", "ssim")
        metrics = tuple(Metric(name=name) for name in names)
        if "libvmaf" in program.filters:
            metrics = (Metric(name="vmaf", model=VMAF), *metrics)
        return (Meter(signature=program.signature, metrics=metrics),)

    @hookimpl
    def codek7_measure(self, comparison: Comparison) -> Sequence[Measurement] | None:
        """Raises `MediaUnreadable` where the two have not equally many pictures."""
        program = find_ffmpeg(self._settings.ffmpeg)
        if comparison.meter != program.signature:
            return None
        reference, distorted = comparison.reference, comparison.distorted
        wanted, width, height = _pictures(reference, self._settings.limits)
        found, _, _ = _pictures(distorted, self._settings.limits)
        if wanted != found:
            raise MediaUnreadable(
                f"{distorted.name} has {found} pictures, its reference {wanted}: they cannot be paired",
                hint="measure a file that was made from the reference without dropping or repeating pictures",
            )
        vmaf = "libvmaf" in program.filters
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            ran = run(
                _command(program, reference, distorted, (width, height), vmaf=vmaf),
                folder=folder,
                reads=[reference.absolute(), distorted.absolute()],
                cancelled=comparison.cancelled,
                stall_s=self._settings.stall_s,
                memory_bytes=self._settings.limits.max_memory_bytes,
                sandbox=self._settings.sandbox,
            )
            ran.require_done(f"measuring {distorted.name}")
            scores = _from_log(folder) if vmaf else _from_stats(folder)
        return tuple(
            Measurement(
                metric=metric.name,
                model=metric.model,
                meter=program.signature,
                every=comparison.every,
                per_frame=scores[metric.name][:: comparison.every],
            )
            for metric in comparison.metrics
        )


def _pictures(path: Path, limits: Limits) -> tuple[int, int, int]:
    """How many pictures a file shows, and the width and height they are compared at."""
    with open_media(path, limits) as container:
        if not container.streams.video:
            raise MediaEmpty(f"{path.name} has no pictures to measure")
        stream = container.streams.video[0]
        count = sum(1 for packet in container.demux(stream) if packet.size and not packet.is_discard)
        return count, stream.width, stream.height


def _command(
    program: Program, reference: Path, distorted: Path, size: tuple[int, int], *, vmaf: bool
) -> list[str]:
    import ffmpeg

    sides = [
        _side(ffmpeg.input(path.absolute(), **PROTOCOL_OPTIONS), size) for path in (distorted, reference)
    ]
    if distorted.absolute() == reference.absolute():  # one input, then: its picture has to be split
        split = sides[0].filter_multi_output("split", 2)
        sides = [split.stream(0), split.stream(1)]
    if vmaf:
        options = {"log_fmt": "json", "log_path": LOG, "model": f"version={VMAF}", "n_threads": 2}
        options["feature"] = "name=psnr|name=float_ssim"
        measured = ffmpeg.filter(sides, "libvmaf", **options)
    else:
        first = [side.filter_multi_output("split", 2) for side in sides]
        psnr = ffmpeg.filter([side.stream(0) for side in first], "psnr", stats_file=STATS["psnr"][0])
        ssim = ffmpeg.filter([side.stream(1) for side in first], "ssim", stats_file=STATS["ssim"][0])
        measured = ffmpeg.filter([psnr, ssim], "hstack")
    output = ffmpeg.output(measured, "-", f="null")
    # Sources go in as paths: as text, ffmpeg-python takes no name that is not Unicode.
    return [str(part) for part in ffmpeg.compile(output, cmd=[program.path, "-loglevel", "error"])]


def _side(source: Any, size: tuple[int, int]) -> Any:
    picture = source.video.filter("scale", w=size[0], h=size[1], flags="bicubic", out_range="tv")
    picture = picture.filter("format", pix_fmts="yuv420p").filter("setsar", sar="1")
    tags = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709"}
    picture = picture.filter("setparams", range="tv", **tags)
    return picture.filter("settb", "1/1000").filter("setpts", "N")


def _from_log(folder: Path) -> dict[MetricName, tuple[float, ...]]:
    log = msgspec.json.decode((folder / LOG).read_bytes(), type=_Log)
    return {
        metric: tuple(min(frame.metrics[name], HIGHEST_PSNR) for frame in log.frames)
        for metric, name in VMAF_METRICS.items()
    }


def _from_stats(folder: Path) -> dict[MetricName, tuple[float, ...]]:
    return {
        metric: tuple(
            min(float(score), HIGHEST_PSNR)
            for score in re.findall(pattern, (folder / name).read_text(encoding="utf-8"))
        )
        for metric, (name, pattern) in STATS.items()
    }
