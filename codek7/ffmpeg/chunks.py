"""From an encoder's scratch file to a chunk object: checked against the plan, retimed, and recorded."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

from codek7.core.boxes import codecs_of
from codek7.core.cmaf import Reader, TrackFragment, clean_init, retimed, write_fragment
from codek7.core.errors import EncodeFailed, FramesDiffer
from codek7.core.records import ChunkRecord, Fragment, SampleImage, Segment, Work
from codek7.core.tasks import EncodeTask, Target


def finish_target(task: EncodeTask, target: Target, scratch: Path, folder: Path, work: Work) -> ChunkRecord:
    """Write `KEY.m4s` and `KEY.init.mp4` from what the encoder left. Raises `FramesDiffer`."""
    init, encoded = _read(scratch)
    fragments = _planned(task, target, encoded)
    written: list[Fragment] = []
    with (folder / f"{target.key}.m4s").open("wb") as out:
        for fragment in fragments:
            number = bisect_right(
                task.idrs, fragment.decode_time // task.track.time_base.numerator + task.origin
            )
            body, lead = write_fragment(_sequence(task, number), fragment)
            written.append(_fragment(out.tell(), len(body), lead, fragment))
            out.write(body)
        size = out.tell()
    init = clean_init(init, delay=target.delay)
    (folder / f"{target.key}.init.mp4").write_bytes(init)
    return ChunkRecord(
        key=target.key,
        kind="video",
        chunk=task.chunk.index,
        timescale=task.track.time_base.denominator,
        codecs=codecs_of(init),
        width=target.rung.width,
        height=target.rung.height,
        init_sha256=hashlib.sha256(init).hexdigest(),
        init_size=len(init),
        size_bytes=size,
        frames=len(target.frames),
        segments=_segments(task, written),
        work=work,
    )


def _sequence(task: EncodeTask, number: int) -> int:
    """`mfhd` sequence numbers rise within an object and from one object to the next."""
    return (task.chunk.first << 12) + number


def _read(scratch: Path) -> tuple[bytes, list[TrackFragment]]:
    reader = Reader()
    try:
        fragments = list(reader.feed(scratch.read_bytes()))
    except (OSError, ValueError) as error:
        raise EncodeFailed(f"the encoder left no usable {scratch.name}: {error}") from error
    if not reader.init:
        raise EncodeFailed(f"the encoder left no usable {scratch.name}: no init section")
    return reader.init, fragments


def _planned(task: EncodeTask, target: Target, encoded: Sequence[TrackFragment]) -> list[TrackFragment]:
    """The fragments on the planned times, each from one IDR to the next. Raises `FramesDiffer`."""
    ticks = task.track.time_base.numerator
    planned = [(pts - task.origin) * ticks for pts in target.frames]
    found = sorted(time for fragment in encoded for time in fragment.presentation_times())
    shift = planned[0] - found[0] if found else 0
    if [time + shift for time in found] != planned:
        raise FramesDiffer(_difference(planned, found, shift, task, target))
    starts = [min(fragment.presentation_times()) + shift for fragment in encoded]
    idrs = [(pts - task.origin) * ticks for pts in task.idrs]
    if starts != idrs:
        raise FramesDiffer(f"{_name(task, target)}: IDR pictures at {starts[:8]}, planned at {idrs[:8]}")
    ends = [*starts[1:], (task.chunk.end - task.origin) * ticks]
    try:
        return [
            retimed(fragment, end, shift=shift, delay=target.delay)
            for fragment, end in zip(encoded, ends, strict=True)
        ]
    except ValueError as error:
        raise FramesDiffer(f"{_name(task, target)}: {error}") from error


def _difference(planned: list[int], found: list[int], shift: int, task: EncodeTask, target: Target) -> str:
    if len(planned) != len(found):
        return f"{_name(task, target)}: {len(found)} frames, planned {len(planned)}"
    at = next(i for i, (a, b) in enumerate(zip(planned, found, strict=True)) if a != b + shift)
    return f"{_name(task, target)}: frame {at} presents at tick {found[at] + shift}, planned {planned[at]}"


def _name(task: EncodeTask, target: Target) -> str:
    return f"chunk {task.chunk.index} of {target.rung.label}"


def _fragment(offset: int, size: int, lead: int, fragment: TrackFragment) -> Fragment:
    return Fragment(
        offset=offset,
        size=size,
        lead_bytes=lead,
        start=fragment.decode_time,
        duration=sum(sample.duration for sample in fragment.samples),
        frames=len(fragment.samples),
    )


def _segments(task: EncodeTask, fragments: Sequence[Fragment]) -> tuple[Segment, ...]:
    ticks = task.track.time_base.numerator
    cuts = [(pts - task.origin) * ticks for pts in task.segments]
    return tuple(
        Segment(
            index=task.chunk.first + number,
            fragments=tuple(f for f in fragments if cuts[number] <= f.start < cuts[number + 1]),
        )
        for number in range(len(cuts) - 1)
    )


def finish_samples(task: EncodeTask, scratch: Path, folder: Path, work: Work) -> ChunkRecord:
    """Write `KEY.m4s`, the pictures' JPEG files one behind the other, from what the encoder left."""
    _, fragments = _read(scratch)
    images: list[SampleImage] = []
    ticks = task.track.time_base.numerator
    first = min((t for f in fragments for t in f.presentation_times()), default=0)
    shift = (task.chunk.start - task.origin) * ticks - first
    with (folder / f"{task.samples_key}.m4s").open("wb") as out:
        for fragment in fragments:
            at = 0
            for time, sample in zip(fragment.presentation_times(), fragment.samples, strict=True):
                pts = (time + shift) // ticks + task.origin
                images.append(SampleImage(offset=out.tell(), size=sample.size, pts=pts))
                out.write(fragment.media[at : at + sample.size])
                at += sample.size
        size = out.tell()
    if not images:
        raise EncodeFailed(f"chunk {task.chunk.index}: no sample pictures were made")
    return ChunkRecord(
        key=task.samples_key,
        kind="samples",
        chunk=task.chunk.index,
        size_bytes=size,
        frames=len(images),
        images=tuple(images),
        work=work,
    )
