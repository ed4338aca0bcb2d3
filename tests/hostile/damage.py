"""Files that are cut, empty, not what they are called, or changed at random."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.hostile.case import ANY, NAMED, PUBLISHED, REFUSED, UNREADABLE, Case
from tests.hostile.place import Place

FLIPPED = ("mp4", "mkv", "ts", "avi", "webm", "flv")
FLIPS = 54


def content(data: bytes, suffix: str, place: Place) -> Path:
    return place.write(f"clip.{suffix}", data)


def cut(container: str, share: float, place: Place) -> Path:
    data = place.clip(container).read_bytes()
    return place.write(f"clip.{container}", data[: int(len(data) * share)])


def cut_header(place: Place) -> Path:
    """`moov` comes first, and the file ends in it."""
    whole = place.encode(
        "whole.mp4", "-i", str(place.clip()), "-c", "copy", "-movflags", "+faststart"
    ).read_bytes()
    return place.write("clip.mp4", whole[: whole.index(b"moov") + 400])


def without_beginning(container: str, place: Place) -> Path:
    data = place.clip(container).read_bytes()
    return place.write(f"clip.{container}", data[len(data) // 2 :])


def glued(place: Place) -> Path:
    """A clip with a script behind it."""
    return place.write("clip.mp4", place.clip().read_bytes() + b"\n<script>alert(1)</script>\n" * 100)


def zeroed(place: Place) -> Path:
    """Headers that are whole, and nothing but zeros between them: a copy whose pages were never written."""
    data = bytearray(place.clip().read_bytes())
    start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    data[start:end] = bytes(end - start)
    return place.write("clip.mp4", bytes(data))


def folder(place: Place) -> Path:
    path = place.folder / "clip.mp4"
    path.mkdir()
    return path


def pipe(place: Place) -> Path:
    path = place.folder / "clip.mp4"
    os.mkfifo(path)
    return path


def dangling(place: Place) -> Path:
    path = place.folder / "clip.mp4"
    path.symlink_to("nothing.mp4")
    return path


def looping(place: Place) -> Path:
    path = place.folder / "clip.mp4"
    path.symlink_to("clip.mp4")
    return path


def flipped(container: str, seed: int, place: Place) -> Path:
    """A few bytes are others: half of them in the headers at either end."""
    source = random.Random(seed)
    data = bytearray(place.clip(container).read_bytes())
    for _ in range(source.choice((1, 3, 10, 60))):
        ends = source.choice((range(min(2000, len(data))), range(-min(2000, len(data)), 0)))
        at = source.choice(ends) if source.random() < 0.5 else source.randrange(len(data))
        data[at] = source.randrange(256)
    return place.write(f"clip.{container}", bytes(data))


def cases() -> Iterator[Case]:
    """Cuts, files that are none, and random changes from fixed seeds."""
    yield Case("damage-no-byte", partial(content, b"", "mp4"), UNREADABLE)
    yield Case("damage-one-byte", partial(content, b"\0", "mp4"), UNREADABLE)
    yield Case("damage-text", partial(content, b"Dear all,\nhere is the video.\n", "mp4"), REFUSED)
    yield Case("damage-noise", partial(content, random.Random(7).randbytes(300_000), "mp4"), NAMED)
    yield Case("damage-zeros", partial(content, bytes(3_000_000), "mkv"), NAMED)
    yield Case("damage-sync-bytes", partial(content, (b"\x47" + bytes(187)) * 5000, "ts"), NAMED)
    yield Case("damage-header-cut.mp4", cut_header, UNREADABLE)
    for container in FLIPPED:
        for share in (0.02, 0.5, 0.97):
            yield Case(f"damage-cut-at-{share}.{container}", partial(cut, container, share), ANY)
        yield Case(f"damage-no-beginning.{container}", partial(without_beginning, container), ANY)
    yield Case("damage-script-behind", glued, PUBLISHED, seconds=3)
    yield Case("damage-zeroed-media", zeroed, ANY)
    yield Case("damage-folder", folder, REFUSED)
    yield Case("damage-pipe", pipe, REFUSED)
    yield Case("damage-dangling-link", dangling, frozenset({"source-not-found"}))
    yield Case("damage-looping-link", looping, UNREADABLE | {"source-not-found"})
    for seed in range(FLIPS):
        container = FLIPPED[seed % len(FLIPPED)]
        yield Case(f"damage-flipped-{seed}.{container}", partial(flipped, container, seed), ANY)
