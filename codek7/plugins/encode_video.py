"""Encodes chunks of video with the ffmpeg program: one decode for all rungs and the sample pictures.

The frames of a chunk are chosen exactly, whatever the source's seeking does: reading starts well before the
chunk, and where the frames that come out are not the planned ones, earlier still, at last from the start.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from codek7.core.errors import EncodeError, FramesDiffer
from codek7.core.hookspecs import hookimpl
from codek7.core.records import ChunkRecord, Work
from codek7.core.settings import Settings
from codek7.core.tasks import Encodable, EncodeTask, ReferenceTask, Workspace
from codek7.ffmpeg.chunks import finish_samples, finish_target
from codek7.ffmpeg.graph import SAMPLES_FILE, chunk_command, reference_command, target_file
from codek7.ffmpeg.process import Ran, run
from codek7.ffmpeg.program import Program, find_ffmpeg
from codek7.ffmpeg.safe_open import count_pictures

LEADS_S: tuple[int | None, ...] = (3, 30, None)
"""How many seconds before a chunk reading starts, try by try; None is the source's start."""

SPARE_BYTES = 256_000_000


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
        """Encode tasks and references; audio tasks are another plugin's."""
        if isinstance(task, ReferenceTask):
            return self._reference(task, workspace)
        if not isinstance(task, EncodeTask):
            return None
        program = find_ffmpeg(self._settings.ffmpeg)
        leads = _leads(task)
        for lead in leads:
            ran = self._run(program, task, workspace, lead)
            attempt = ran.attempt(task.keys, program.signature)
            try:
                records = _finish(task, workspace.folder, ran, program)
            except EncodeError as error:
                workspace.tell(replace(attempt, outcome="wrong", tail=str(error)))
                if lead == leads[-1] or not isinstance(error, FramesDiffer):
                    raise
                continue
            for record in records:
                workspace.tell(record)
            # Last: an attempt that is known as done is never made again, whenever this process ends.
            workspace.tell(attempt)
            return True
        return None

    def _reference(self, task: ReferenceTask, workspace: Workspace) -> bool:
        program = find_ffmpeg(self._settings.ffmpeg)
        output = workspace.folder / f"{task.key}.mkv"
        for lead in _leads(task):
            ran = run(
                reference_command(program.path, task, workspace.source, output, lead),
                folder=workspace.folder,
                reads=[workspace.source],
                cancelled=workspace.cancelled,
                stall_s=self._settings.stall_s,
                memory_bytes=task.limits.max_memory_bytes,
                sandbox=self._settings.sandbox,
            )
            ran.require_done(f"decoding chunk {task.chunk.index}")
            found = count_pictures(output, task.limits)
            if found == len(task.frames):
                return True
        raise FramesDiffer(f"chunk {task.chunk.index} has {found} frames, planned {len(task.frames)}")

    def _run(self, program: Program, task: EncodeTask, workspace: Workspace, lead: int | None) -> Ran:
        command = chunk_command(program.path, task, workspace.source, workspace.folder, lead)
        ran = run(
            command,
            folder=workspace.folder,
            reads=[workspace.source],
            cancelled=workspace.cancelled,
            on_progress=workspace.tell,
            stall_s=self._settings.stall_s,
            memory_bytes=task.limits.max_memory_bytes,
            file_bytes=_largest_file(task),
            sandbox=self._settings.sandbox,
        )
        if ran.outcome != "done":
            workspace.tell(ran.attempt(task.keys, program.signature))
            ran.require_done(f"encoding chunk {task.chunk.index}")
        return ran


def _leads(task: EncodeTask | ReferenceTask) -> tuple[int | None, ...]:
    return LEADS_S if task.chunk.start > task.origin else (None,)


def _largest_file(task: EncodeTask) -> int:
    """A bound on what one output of a chunk can grow to when an encoder runs wild."""
    seconds = (task.chunk.end - task.chunk.start) * task.track.time_base
    ceiling = max((target.rung.ceiling_bps for target in task.targets), default=0)
    return round(seconds * ceiling / 8) * 8 + SPARE_BYTES


def _finish(task: EncodeTask, folder: Path, ran: Ran, program: Program) -> list[ChunkRecord]:
    """Records of everything the task makes. The cost of a run is shared between them by their pixels."""
    pixels = [len(t.frames) * t.rung.width * t.rung.height for t in task.targets]
    records = []
    for index, target in enumerate(task.targets):
        share = pixels[index] / sum(pixels)
        work = Work(
            tool=program.signature,
            command=ran.command,
            cpu_us=round(ran.cpu_us * share),
            wall_us=ran.wall_us,
        )
        scratch = folder / target_file(index)
        records.append(finish_target(task, target, scratch, folder, work))
        scratch.unlink()
    if task.samples_key:
        work = Work(tool=program.signature, command=ran.command, wall_us=ran.wall_us)
        records.append(finish_samples(task, folder / SAMPLES_FILE, folder, work))
    return records
