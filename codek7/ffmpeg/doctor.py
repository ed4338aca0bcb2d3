"""What this machine has for codek7, what it lacks, and what to do about it: facts, for `codek7 doctor`."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from codek7.core.errors import ToolMissing
from codek7.core.measurement import Meter
from codek7.core.scratch import aside
from codek7.core.settings import Settings
from codek7.ffmpeg.machine import free_bytes, memory_bytes, usable_cores
from codek7.ffmpeg.process import run
from codek7.ffmpeg.program import Program, find_ffmpeg
from codek7.ffmpeg.sandbox import find_sandbox

Status = Literal["ok", "limited", "missing"]

GB = 1_000_000_000
LITTLE_DISK = 10 * GB
LITTLE_MEMORY = 2 * GB
VMAF_ADVICE = "install imageio-ffmpeg, or PyAV 19 on Python 3.12 or later"
ANOTHER = "install imageio-ffmpeg, whose program has it, and leave the setting `ffmpeg` empty"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. `ok`: there. `limited`: codek7 works, with less. `missing`: it does not. `advice` says what
    to do, and is empty where there is nothing to."""

    topic: str
    status: Status
    found: str
    advice: str = ""


class Need(NamedTuple):
    """What codek7 asks of an ffmpeg program, and how bad it is without."""

    topic: str
    without: Status
    encoders: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()


NEEDS = (
    Need("H.264", "missing", encoders=("libx264",)),
    Need("HEVC", "limited", encoders=("libx265",)),
    Need("AV1", "limited", encoders=("libsvtav1",)),
    Need("AAC", "missing", encoders=("aac",)),
    Need("5.1 sound", "limited", encoders=("ac3",)),
    Need("sample pictures", "missing", encoders=("mjpeg",)),
    Need(
        "pictures",
        "missing",
        filters=("format", "framestep", "scale", "select", "setparams", "setpts", "setsar", "split", "trim"),
    ),
    Need("sound", "missing", filters=("aformat", "apad", "aresample", "asetpts", "atrim")),
    Need("interlaced sources", "limited", filters=("bwdif",)),
    Need("HDR to SDR", "limited", filters=("tonemap", "zscale")),
)


def examine(settings: Settings, home: Path, meters: Sequence[Meter]) -> tuple[Finding, ...]:
    """Everything, in the order to read it. Takes about two seconds, most of them trying hardware encoders.

    `meters` are the ways of measuring quality that plugins know, the first to be asked first.
    """
    findings = [_python(), _package("codek7"), _pyav()]
    try:
        program = find_ffmpeg(settings.ffmpeg)
    except ToolMissing as error:
        findings.append(Finding(topic="ffmpeg", status="missing", found=error.message, advice=error.hint))
    else:
        findings += _ffmpeg(program, settings)
    return (*findings, *_meters(meters), _cores(settings), _memory(), _disk(home))


def _python() -> Finding:
    found = f"{platform.python_version()}, {sys.executable}"
    return Finding(topic="Python", status="ok", found=found)


def _package(name: str) -> Finding:
    try:
        return Finding(topic=name, status="ok", found=version(name))
    except PackageNotFoundError:
        advice = "install it: `pip install codek7`"
        return Finding(topic=name, status="limited", found="runs from its source", advice=advice)


def _pyav() -> Finding:
    try:
        import av
    except ImportError as error:
        return Finding(topic="PyAV", status="missing", found=str(error), advice="`pip install av`")
    return Finding(topic="PyAV", status="ok", found=f"{av.__version__}, FFmpeg {av.ffmpeg_version_info}")


def _ffmpeg(program: Program, settings: Settings) -> Iterator[Finding]:
    yield Finding(topic="ffmpeg", status="ok", found=f"{program.version}, {program.path}")
    for need in NEEDS:
        yield _answer(need, program)
    yield _sandbox(program, settings)
    yield _hardware(program)


def _answer(need: Need, program: Program) -> Finding:
    wanted = (*need.encoders, *need.filters)
    lacking = sorted({*need.encoders} - program.encoders | {*need.filters} - program.filters)
    if lacking:
        found = f"{program.path} has no {', '.join(lacking)}"
        return Finding(topic=need.topic, status=need.without, found=found, advice=ANOTHER)
    return Finding(topic=need.topic, status="ok", found=", ".join(wanted))


def _sandbox(program: Program, settings: Settings) -> Finding:
    topic = "sandbox"
    if not settings.sandbox:
        advice = "set `sandbox` to true to run ffmpeg inside bubblewrap"
        return Finding(topic=topic, status="limited", found="turned off by the settings", advice=advice)
    sandbox = find_sandbox(program.path)
    if not sandbox.why_not:
        return Finding(topic=topic, status="ok", found=f"ffmpeg runs inside {sandbox.bwrap}")
    advice = "install bubblewrap and allow user namespaces, before taking media from strangers"
    return Finding(topic=topic, status="limited", found=sandbox.why_not, advice=advice)


def _hardware(program: Program) -> Finding:
    """Programs list encoders for devices that are not there, so each is tried with one picture."""
    names = [name for name in program.hardware if name.startswith(("h264_", "hevc_", "av1_"))]
    with aside() as folder, ThreadPoolExecutor(usable_cores()) as pool:
        tried = dict(zip(names, pool.map(lambda name: _works(program, name, folder), names), strict=True))
    working = [name for name in names if tried[name]]
    found = f"working here: {', '.join(working) or 'none'}, of {len(names)} that the program lists"
    # Not a lack: what codek7 makes is made by software encoders, which give the same bytes everywhere.
    return Finding(topic="hardware encoders", status="ok", found=found)


def _works(program: Program, encoder: str, folder: Path) -> bool:
    device, to_device = _DEVICES.get(encoder.rpartition("_")[2], ((), ""))
    argv = [program.path, *device, "-f", "lavfi", "-i", "color=size=256x256:rate=25"]
    argv += ["-vf", f"format=nv12{to_device}", "-frames:v", "1", "-c:v", encoder, "-f", "null", "-"]
    return run(argv, folder=folder, stall_s=20, sandbox=False).outcome == "done"


# Devices that must be opened before, and filters that bring pictures there.
_DEVICES: dict[str, tuple[Sequence[str], str]] = {
    "vaapi": (("-vaapi_device", "/dev/dri/renderD128"), ",hwupload"),
    "vulkan": (("-init_hw_device", "vulkan"), ",hwupload"),
}


def _meters(meters: Sequence[Meter]) -> Iterator[Finding]:
    """What is measured best, and each meter: it has shown what it can, or says what is wrong."""
    best = next((meter for meter in meters if any(metric.name == "vmaf" for metric in meter.metrics)), None)
    if best:
        yield Finding(topic="measuring", status="ok", found=f"VMAF by {best.signature}")
    else:
        found = "nothing here has VMAF" if any(meter.metrics for meter in meters) else "nothing here measures"
        yield Finding(topic="measuring", status="limited", found=found, advice=VMAF_ADVICE)
    for meter in meters:
        name, _, version = meter.signature.partition("@")
        listed = ", ".join(metric.label for metric in meter.metrics) or "measures nothing"
        yield Finding(
            topic=f"meter {name}",
            status="limited" if meter.trouble else "ok",
            found=f"{version}: {listed}",
            advice=meter.trouble,
        )


def _cores(settings: Settings) -> Finding:
    usable = usable_cores()
    used = settings.cores or usable
    if used > usable:
        advice = f"set `cores` to {usable} or less: more makes every chunk slower"
        return Finding(topic="cores", status="limited", found=f"{used} set, {usable} usable", advice=advice)
    return Finding(topic="cores", status="ok", found=f"{used} of {usable}")


def _memory() -> Finding:
    size = memory_bytes()
    if size < LITTLE_MEMORY:
        advice = "2 GB or more, or sources up to 1080p and H.264 only"
        return Finding(topic="memory", status="limited", found=_gb(size), advice=advice)
    return Finding(topic="memory", status="ok", found=_gb(size))


def _disk(home: Path) -> Finding:
    free = free_bytes(home)
    found = f"{_gb(free)} free at {home}"
    if free < LITTLE_DISK:
        advice = "make space, run `codek7 gc`, or choose a home on another disk"
        return Finding(topic="disk", status="limited", found=found, advice=advice)
    return Finding(topic="disk", status="ok", found=found)


def _gb(size: int) -> str:
    return f"{size / GB:.1f} GB"
