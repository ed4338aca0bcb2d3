"""A trial beside what it was made from: the very pictures that were scored, paired as they were."""

from __future__ import annotations

import io
from bisect import bisect_right
from contextlib import ExitStack
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

from codek7.core.errors import ObjectNotFound
from codek7.core.pipeline.plan import VideoPlan, WorkPlan
from codek7.core.pipeline.trial import reference_task
from codek7.core.records import init_key, object_key
from codek7.core.scratch import aside
from codek7.core.study import PairedFrames, Trial
from codek7.core.tasks import ReferenceTask
from codek7.engine import reference_file, tools_signature
from codek7.hub import Hub
from codek7.lab.reel import Reel

QUALITY = 92


class TrialPairs:
    """See `FramePairs`. Files are opened as they are looked at, and stay open; `close` lets go of them."""

    def __init__(self, hub: Hub, path: Path, plan: WorkPlan, video: VideoPlan, trial: Trial) -> None:
        self._hub, self._path, self._trial, self._video = hub, path, trial, video
        tools = tools_signature(hub)
        self._tasks = [reference_task(plan, video, chunk, tools) for chunk in plan.timeline.chunks]
        self._starts = [0, *accumulate(len(task.frames) for task in self._tasks)]
        self._open = ExitStack()
        self._reels: dict[int, tuple[Reel, Reel]] = {}

    @property
    def frames(self) -> int:
        """How many pairs there are."""
        return self._starts[-1]

    @property
    def frame_rate(self) -> Fraction:
        """Pairs a second."""
        return self._video.frame_rate

    @property
    def labels(self) -> tuple[str, str]:
        """What the two are called."""
        return "source", f"{self._trial.rung.label} crf {self._trial.rung.crf:g}"

    @property
    def scores(self) -> tuple[float, ...]:
        """A score for each pair: of those that were not scored, that of the one before."""
        measured = self._trial.measurement
        return tuple(
            measured.per_frame[min(number // measured.every, len(measured.per_frame) - 1)]
            for number in range(self.frames)
        )

    @property
    def metric(self) -> str:
        """What was counted."""
        return self._trial.measurement.metric.upper()

    def pair(self, number: int, height: int = 540) -> PairedFrames:
        """Both pictures of a number, at most so many lines high, as JPEG files; the trial's is enlarged to
        the source's size first, as it was to be scored. Raises `ObjectNotFound` where the trial's bytes are
        gone."""
        at = bisect_right(self._starts, number) - 1
        reference, distorted = self._pair_of(at)
        inside = number - self._starts[at]
        left, right = reference.frame(inside), distorted.frame(inside)
        full = (left.width, left.height)
        size = _shown(full, height)
        return PairedFrames(number, _jpeg(left, full, size), _jpeg(right, full, size), self.scores[number])

    def series(self) -> tuple[tuple[int, ...], str, tuple[int, ...]]:
        """Of every picture of the trial its bytes, its type (I, P or B), and its time in the source's
        ticks."""
        sizes: list[int] = []
        types: list[str] = []
        times: list[int] = []
        for at, task in enumerate(self._tasks):
            _, reel = self._pair_of(at)
            sizes += [reel.sizes[pts] for pts in reel.times]
            types += [reel.kind(number) for number in range(len(reel))]
            times += task.frames
        return tuple(sizes), "".join(types), tuple(times)

    def close(self) -> None:
        """Let go of all files."""
        self._reels.clear()
        self._open.close()

    def _pair_of(self, at: int) -> tuple[Reel, Reel]:
        if at not in self._reels:
            limits = self._hub.settings.limits
            reference = self._open.enter_context(reference_file(self._hub, self._tasks[at], self._path))
            encoded = self._fetched(self._tasks[at], self._video.keys[at])
            self._reels[at] = (
                self._open.enter_context(Reel(reference, limits)),
                self._open.enter_context(Reel(encoded, limits)),
            )
        return self._reels[at]

    def _fetched(self, task: ReferenceTask, key: str) -> Path:
        store = self._hub.store
        if store.stat(object_key(key)) is None:
            raise ObjectNotFound(
                f"chunk {task.chunk.index} of the trial was collected", hint="run the study again to make it"
            )
        folder = self._open.enter_context(aside())
        path = folder / "trial.mp4"
        path.write_bytes(store.get(init_key(key)) + store.get(object_key(key)))
        return path


def _shown(full: tuple[int, int], height: int) -> tuple[int, int]:
    lines = min(height, full[1])
    return max(2, round(full[0] * lines / full[1])), lines


def _jpeg(frame: Any, full: tuple[int, int], size: tuple[int, int]) -> bytes:
    """Enlarged to `full` where it is smaller, then brought to `size`."""
    if (frame.width, frame.height) != full:
        frame = frame.reformat(width=full[0], height=full[1], interpolation="BICUBIC")
    picture = frame.reformat(width=size[0], height=size[1], format="rgb24", interpolation="AREA").to_image()
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=QUALITY, subsampling=0)
    return body.getvalue()
