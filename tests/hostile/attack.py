"""Takes a hostile input in with the real command, watches it, and says what was wrong."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.hostile.case import Case
from tests.hostile.place import Place
from tests.hostile.processes import Family
from tests.hostile.witness import MARK, Witness

TIMEOUT_S = 300
LOOK_EVERY_S = 0.03
DISK_EVERY = 10
MOST_MEMORY = 2_000_000_000
MOST_DISK = 200_000_000
POLICY = 'name = "tiny"\nmax_rungs = 1\nmax_height = 240\npreset = "ultrafast"\n'
EXIT_CODES = {"published": 0, "media-refused": 5, "media-unreadable": 5, "media-too-big": 5, "media-empty": 5}
EXIT_CODES |= {"source-not-found": 2}
OBJECT = re.compile(r"[A-Za-z0-9._/-]+")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class Outcome(NamedTuple):
    """How it ended and what it cost; `wrong` is empty where all is as it should be."""

    ending: str
    message: str
    seconds: float
    memory_bytes: int
    disk_bytes: int
    wrong: tuple[str, ...]


def attack(case: Case, folder: Path, kept: Path, ffmpeg: str, witness: Witness) -> Outcome:
    """Make the input in `folder` and take it in, in a fresh home. The folder is removed."""
    for name in ("upload", "tmp", "home"):
        (folder / name).mkdir(parents=True)
    neighbour = folder / "upload" / "neighbour.ts"
    os.link(witness.neighbour, neighbour)
    place = Place(folder / "upload", kept, ffmpeg, witness.secret, neighbour, witness.url)
    try:
        source = case.make(place)
        witness.saw()
        return _judged(case, _run(case, source, folder), folder, witness)
    finally:
        shutil.rmtree(folder)


class _Ran(NamedTuple):
    exit_code: int | None
    out: bytes
    err: bytes
    seconds: float
    family: Family
    memory_bytes: int
    disk_bytes: int


def _run(case: Case, source: Path, folder: Path) -> _Ran:
    (folder / "policy.toml").write_text(POLICY)
    argv = [sys.executable, "-P", "-m", "codek7", "ingest", "--json", "--policy", str(folder / "policy.toml")]
    argv += [
        "--home",
        str(folder / "home"),
        *case.arguments,
        "--",
        str(source.relative_to(folder / "upload")),
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CODEK7_", "PYTHON"))}
    environment = {**kept, "TMPDIR": str(folder / "tmp")}
    began = time.monotonic()
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            argv, cwd=folder / "upload", env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        family = Family(process.pid)
        exit_code, largest, disk = _watch(process.pid, family, folder, began + TIMEOUT_S)
        process.returncode = exit_code or 0
    seconds = time.monotonic() - began
    memory = max(largest, family.peak_bytes)
    out_bytes, err_bytes = (folder / "out").read_bytes(), (folder / "err").read_bytes()
    return _Ran(exit_code, out_bytes, err_bytes, seconds, family, memory, disk)


def _watch(pid: int, family: Family, folder: Path, deadline: float) -> tuple[int | None, int, int]:
    """(exit code or None where it did not end in time, the largest process's peak, the disk's peak)."""
    disk = turn = 0
    while True:
        family.look()
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if turn % DISK_EVERY == 0 or ended:
            disk = max(disk, sum(_sizes(folder / "home")) + sum(_sizes(folder / "tmp")))
        if ended:
            return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, disk
        if time.monotonic() > deadline:
            family.kill()
            os.wait4(pid, 0)
            return None, 0, disk
        turn += 1
        time.sleep(LOOK_EVERY_S)


def _sizes(folder: Path) -> Iterator[int]:
    """Of the files that stay for long enough to be looked at: a folder may go at any moment, which `os.walk`
    passes over."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                yield Path(parent, name).lstat().st_blocks * 512


def _judged(case: Case, ran: _Ran, folder: Path, witness: Witness) -> Outcome:
    last = _last(ran.out)
    ending = {"asset-published": "published", "error": last.get("code")}.get(last.get("event", ""), "none")
    wrong = [f"ended as {ending}: {last.get('message')}"] * (ending not in case.endings)
    if ran.exit_code is None:
        wrong.append(f"did not end in {TIMEOUT_S} s")
    elif ran.exit_code != EXIT_CODES.get(str(ending), 1):
        wrong.append(f"exit code {ran.exit_code}")
    wrong += [f"{len(left)} processes left"] if (left := ran.family.remaining()) else []
    wrong += witness.saw()
    wrong += ["a traceback"] * (b"Traceback" in ran.err + ran.out)
    wrong += [f"said {ran.err[:200]!r}"] * bool(ran.err)
    wrong += [f"{ran.memory_bytes / 1e6:.0f} MB of memory"] * (ran.memory_bytes > MOST_MEMORY)
    wrong += [f"{ran.disk_bytes / 1e6:.0f} MB on disk"] * (ran.disk_bytes > MOST_DISK)
    wrong += [f"left behind: {path.name}" for path in _leftovers(folder)]
    wrong += _stored(folder / "home" / "store", published=ending == "published")
    wrong += _told(case, ran.out, last)
    ran.family.kill()
    return Outcome(
        str(ending), str(last.get("message", "")), ran.seconds, ran.memory_bytes, ran.disk_bytes, tuple(wrong)
    )


def _last(out: bytes) -> dict[str, Any]:
    lines = out.splitlines()
    last: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return last


def _leftovers(folder: Path) -> list[Path]:
    places = (folder / "tmp", folder / "home" / "scratch", folder / "home" / "store" / ".tmp~")
    return [path for place in places if place.is_dir() for path in place.iterdir()]


def _stored(store: Path, *, published: bool) -> Iterator[str]:
    """What is wrong with the objects: secrets, lines of playlists that are none, markup in cues."""
    objects = [path for path in store.rglob("*") if path.is_file()]
    if not published and any("assets" in path.relative_to(store).parts for path in objects):
        yield "something was published"
    for path in objects:
        body = path.read_bytes()
        if MARK in body:
            yield f"the secret is in {path.name}"
        if path.suffix == ".m3u8":
            yield from _playlist(path.name, body.decode())
        if path.suffix == ".vtt" and re.search(
            r"<\s*(script|img|font)|\n\n(STYLE|REGION)|\x1b", body.decode()
        ):
            yield f"markup in {path.name}"


def _playlist(name: str, text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line and not line.startswith("#EXT") and not OBJECT.fullmatch(line):
            yield f"a strange line in {name}: {line[:80]!r}"
        if CONTROL.search(line):
            yield f"control characters in {name}: {line[:80]!r}"
        yield from (
            f"{uri!r} in {name}" for uri in re.findall(r'URI="([^"]*)"', line) if not OBJECT.fullmatch(uri)
        )


def _told(case: Case, out: bytes, last: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the events: faults, and texts that would move a terminal's cursor."""
    events = [json.loads(line) for line in out.splitlines()]
    for event in events:
        if event["event"] == "presentation-checked" and event["faults"] and "playlist" in last:
            yield f"faults: {event['faults'][:2]}"
        for field in ("title", "message", "hint", "reason"):
            if CONTROL.search(str(event.get(field, "")).replace("\n", " ")):
                yield f"control characters in the {field} of {event['event']}"
    if case.seconds is not None and "duration_us" in last:
        lasts = last["duration_us"] / 1e6
        if abs(lasts - case.seconds) > 0.5:
            yield f"lasts {lasts:g} s, not {case.seconds:g} s"
