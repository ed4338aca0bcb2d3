"""Trials carried out: what is known is taken from the catalog, the rest is encoded and measured on the
executor."""

from __future__ import annotations

import queue
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from functools import partial

from msgspec.structs import replace

from codek7.core.events import WorkProgressed
from codek7.core.ladder import Rung
from codek7.core.measurement import Metric
from codek7.core.media import Probed, Source
from codek7.core.pipeline.encode import Encoding
from codek7.core.pipeline.ingest import Engine
from codek7.core.pipeline.measure import find_scores
from codek7.core.pipeline.plan import VideoPlan, WorkPlan, tasks_for
from codek7.core.pipeline.trial import measure_tasks, plan_trials, trial_key, trial_of
from codek7.core.pipeline.work import find_record
from codek7.core.ports import Catalog
from codek7.core.records import ChunkRecord, ScoreRecord
from codek7.core.study import Purpose, Trial, TrialEnded, TrialProgressed
from codek7.core.tasks import MeasureTask, Update
from codek7.core.timeline import Timeline

CORES_A_METER = 2
"""libvmaf on two threads is all but twice as fast as on one; beyond that little is gained (measured)."""

Trying = Generator[TrialProgressed | TrialEnded, None, tuple[Trial, ...]]


class Bench:
    """Where rungs of one source are tried. `thorough` says that its frame times come from a whole decode."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        source: Source,
        probed: Probed,
        metric: Metric,
        *,
        thorough: bool,
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._source = source
        self._probed = probed
        self._metric = metric
        self._thorough = thorough
        self._known = {trial.key: trial for trial in catalog.trials(source.sha256)}
        self._meters = engine.hooks.meters()

    def run(self, rungs: Sequence[Rung], timeline: Timeline, purpose: Purpose, *, every: int) -> Trying:
        """Try rungs over the timeline's chunks; the trials come back in the order of the rungs.

        Those of one call share decodes. Ended early, what runs is ended, and what is done stays known.
        """
        plan = plan_trials(
            self._source,
            self._probed,
            rungs,
            timeline,
            tools=self._engine.tools,
            limits=self._engine.settings.limits,
            filters=self._engine.hooks.filters,
        )
        wanted = {video.name: self._measuring(plan, video, every) for video in plan.video}
        trials: dict[str, Trial] = {}
        for video in plan.video:
            known = self._known.get(trial_key(wanted[video.name]))
            if known is not None and known.rung == video.rung:
                trials[video.name] = known
                yield TrialEnded(trial=known, known=True)
        new = tuple(video for video in plan.video if video.name not in trials)
        if new:
            made = yield from self._make(replace(plan, video=new), wanted, purpose)
            trials |= made
        return tuple(trials[video.name] for video in plan.video)

    def _measuring(self, plan: WorkPlan, video: VideoPlan, every: int) -> tuple[MeasureTask, ...]:
        return measure_tasks(plan, video, (self._metric,), every, self._meters, self._engine.tools)

    def _make(
        self, plan: WorkPlan, wanted: dict[str, tuple[MeasureTask, ...]], purpose: Purpose
    ) -> Generator[TrialProgressed | TrialEnded, None, dict[str, Trial]]:
        records = yield from self._encode(plan)
        trials: dict[str, Trial] = {}
        scores: dict[str, ScoreRecord] = {}
        tasks = {video.name: wanted[video.name] for video in plan.video}
        for record in self._measure([task for each in tasks.values() for task in each]):
            scores[record.key] = record
            for video in plan.video:
                mine = tasks[video.name]
                if video.name not in trials and all(task.key in scores for task in mine):
                    trial = trial_of(
                        video,
                        purpose,
                        mine,
                        [records[key] for key in video.keys],
                        [scores[task.key] for task in mine],
                    )
                    trials[video.name] = self._known[trial.key] = trial
                    self._catalog.add_trials(self._source.sha256, [trial])
                    yield TrialEnded(trial=trial)
        return trials

    def _encode(self, plan: WorkPlan) -> Generator[TrialProgressed, None, dict[str, ChunkRecord]]:
        found = {key: find_record(self._engine.store, key) for key in plan.keys}
        records = {key: record for key, record in found.items() if record is not None}
        encoding = Encoding(
            plan,
            records,
            asset_id="",
            executor=self._engine.executor,
            tries=self._engine.settings.tries,
            may_drop=False,
            surest=self._thorough,
        )
        rungs = {video.name: video.rung for video in plan.video}
        for batch in encoding.run(tasks_for(plan, records.keys(), self._engine.memory_bytes)):
            for event in batch:
                if isinstance(event, WorkProgressed):
                    yield TrialProgressed(
                        rung=rungs[event.rendition], done_us=event.done_us, total_us=event.total_us
                    )
        return encoding.records

    def _measure(self, tasks: Sequence[MeasureTask]) -> Iterator[ScoreRecord]:
        """The scores of each, as they come; the first that fails ends all."""
        told: queue.SimpleQueue[Update | BaseException | None] = queue.SimpleQueue()
        running: list[Future[None]] = []
        try:
            for task in tasks:
                known = find_scores(self._engine.store, task.key)
                if known is not None:
                    told.put(known)
                    told.put(None)
                    continue
                future = self._engine.executor.submit(task, cores=CORES_A_METER, on_update=told.put)
                running.append(future)
                future.add_done_callback(partial(_ended, told))
            left = len(tasks)
            while left:
                what = told.get()
                if isinstance(what, BaseException):
                    raise what
                if isinstance(what, ScoreRecord):
                    yield what
                left -= what is None
        finally:
            for future in running:
                future.cancel()


def _ended(told: queue.SimpleQueue[Update | BaseException | None], future: Future[None]) -> None:
    told.put(None if future.cancelled() else future.exception())
