"""Encodes a sound track with the ffmpeg program: one continuous encoder, its output cut into chunk objects.

A codec that overlaps its frames (AAC, AC-3) cannot be restarted at a cut without being heard, so a resumed
job runs the encoder again from the start; what it makes is the same, and objects that exist are not written
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from msgspec.structs import replace

from codek7.core.boxes import codecs_of
from codek7.core.cmaf import Reader, Sample, TrackFragment, clean_init, write_fragment
from codek7.core.errors import EncodeFailed
from codek7.core.hookspecs import hookimpl
from codek7.core.records import ChunkRecord, Fragment, Segment, Work
from codek7.core.settings import Settings
from codek7.core.tasks import AudioTask, Encodable, Progress, Workspace
from codek7.ffmpeg.process import run
from codek7.ffmpeg.program import find_ffmpeg
from codek7.ffmpeg.sound import CODINGS, Coding, audio_command


class Plugin:
    """Keeps the settings it is configured with."""

    def __init__(self) -> None:
        self._settings = Settings()

    @hookimpl
    def codek7_configure(self, settings: Settings) -> None:
        """Which program, and how long it may stand still."""
        self._settings = settings

    @hookimpl
    def codek7_encode(self, task: Encodable, workspace: Workspace) -> bool | None:
        """Audio tasks; the others are another plugin's."""
        if not isinstance(task, AudioTask):
            return None
        program = find_ffmpeg(self._settings.ffmpeg)
        command = audio_command(program.path, task, workspace.source)
        cutter = _Cutter(task, workspace, Work(tool=program.signature))
        ran = run(
            command,
            folder=workspace.folder,
            reads=[workspace.source],
            cancelled=workspace.cancelled,
            on_output=cutter.feed,
            stall_s=self._settings.stall_s,
            memory_bytes=task.limits.max_memory_bytes,
            sandbox=self._settings.sandbox,
        )
        attempt = ran.attempt(task.keys, program.signature)
        if ran.outcome == "done" and (missing := cutter.missing()):
            workspace.tell(replace(attempt, outcome="wrong", tail=missing))
            raise EncodeFailed(f"sound track {task.track.index}: {missing}")
        workspace.tell(attempt)
        ran.require_done(f"encoding sound track {task.track.index}")
        return True


class _Cutter:
    """Collects coded frames and writes each chunk's object as soon as its last frame is there."""

    def __init__(self, task: AudioTask, workspace: Workspace, work: Work) -> None:
        self._task, self._workspace, self._work = task, workspace, work
        self._coding = CODINGS[task.rung.codec]
        self._reader = Reader()
        self._sizes: list[int] = []
        self._media = bytearray()
        self._left_out = self._coding.left_out
        self._first = 0
        self._chunk = 0

    def feed(self, data: bytes) -> None:
        """Bytes of the encoder's fragmented MP4, as they come."""
        try:
            for fragment in self._reader.feed(data):
                self._take([sample.size for sample in fragment.samples], fragment.media)
        except ValueError as error:
            raise EncodeFailed(f"the sound encoder's output is damaged: {error}") from error
        while self._chunk < len(self._task.cuts) and self._first + len(self._sizes) >= self._end():
            self._write_chunk()

    def _take(self, sizes: list[int], media: memoryview) -> None:
        out = min(self._left_out, len(sizes))
        self._left_out -= out
        self._sizes += sizes[out:]
        self._media += media[sum(sizes[:out]) :]

    def missing(self) -> str:
        """What the encoder did not deliver, in words; nothing after a whole run."""
        if self._chunk == len(self._task.cuts):
            return ""
        return f"{self._end() - self._first - len(self._sizes)} frames of chunk {self._chunk} are missing"

    def _end(self) -> int:
        """Number of the first frame behind the chunk."""
        return frame_at(self._task.cuts[self._chunk][-1], self._task.rung.sample_rate, self._coding)

    def _write_chunk(self) -> None:
        task, key = self._task, self._task.chunk_keys[self._chunk]
        count = self._end() - self._first
        sizes, media = self._sizes[:count], bytes(self._media[: sum(self._sizes[:count])])
        del self._sizes[:count], self._media[: len(media)]
        init = clean_init(self._reader.init, delay=self._coding.priming)
        segments, size = self._write_object(self._workspace.folder / f"{key}.m4s", sizes, media)
        (self._workspace.folder / f"{key}.init.mp4").write_bytes(init)
        record = ChunkRecord(
            key=key,
            kind="audio",
            chunk=self._chunk,
            timescale=task.rung.sample_rate,
            codecs=codecs_of(init),
            init_sha256=hashlib.sha256(init).hexdigest(),
            init_size=len(init),
            size_bytes=size,
            frames=count,
            segments=segments,
            work=self._work,
        )
        self._workspace.tell(record)
        self._workspace.tell(Progress(done_us=round(task.cuts[self._chunk][-1] * 1_000_000)))
        self._first += count
        self._chunk += 1

    def _write_object(self, path: Path, sizes: list[int], media: bytes) -> tuple[tuple[Segment, ...], int]:
        segments: list[Segment] = []
        coding = self._coding
        number = sum(len(cuts) - 1 for cuts in self._task.cuts[: self._chunk])
        with path.open("wb") as out:
            for part, fragment in _fragments(self._task, self._chunk, self._first, sizes, media):
                body, lead = write_fragment(number + part + 1, fragment, all_sync=True)
                written = Fragment(
                    offset=out.tell(),
                    size=len(body),
                    lead_bytes=lead,
                    start=max(0, fragment.decode_time - coding.priming),
                    duration=len(fragment.samples) * coding.frame - coding.priming * (number + part == 0),
                    frames=len(fragment.samples),
                )
                out.write(body)
                segments.append(Segment(index=number + part, fragments=(written,)))
            return tuple(segments), out.tell()


def _fragments(
    task: AudioTask, chunk: int, first: int, sizes: list[int], media: bytes
) -> Iterator[tuple[int, TrackFragment]]:
    """One fragment a segment: the frames that start to present within it."""
    coding = CODINGS[task.rung.codec]
    view, at, done = memoryview(media), 0, 0
    for part, cut in enumerate(task.cuts[chunk][1:]):
        upto = frame_at(cut, task.rung.sample_rate, coding) - first
        samples = tuple(Sample(coding.frame, size, 0) for size in sizes[done:upto])
        length = sum(sample.size for sample in samples)
        yield part, TrackFragment((first + done) * coding.frame, samples, view[at : at + length])
        at, done = at + length, upto


def frame_at(cut: Fraction, sample_rate: int, coding: Coding) -> int:
    """Number of the first coded frame that starts to present at or after a cut. What the encoder puts before
    the first sample presents nothing; it goes with the frames after it."""
    return -(-(cut * sample_rate + coding.priming) // coding.frame)
