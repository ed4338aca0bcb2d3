"""A study as a notebook has it: what is known, to look at from all sides, and the ladder that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from msgspec.structs import replace

from codek7.core.errors import StateConflict, UsageError
from codek7.core.ladder import Ladder, Policy
from codek7.core.measurement import Metric
from codek7.core.pipeline.plan import VideoPlan, WorkPlan
from codek7.core.pipeline.trial import plan_trials, sample_chunks
from codek7.core.study import (
    Chosen,
    Curve,
    FrontMoved,
    Point,
    StudyEnded,
    StudyPlanned,
    StudyUpdate,
    Trial,
    TrialEnded,
    TrialProgressed,
)
from codek7.core.timeline import Timeline as Cuts
from codek7.engine import tools_signature
from codek7.hub import Hub
from codek7.lab.pairs import TrialPairs
from codek7.lab.progress import Line
from codek7.study import run_study
from codek7.study.bd_rate import bd_rate
from codek7.study.candidates import find_candidates
from codek7.study.running import scale_of
from codek7.study.scope import cut

if TYPE_CHECKING:
    from codek7.lab.clip import Clip
    from codek7.lab.views.compare import Compare
    from codek7.lab.views.editor import LadderEditor
    from codek7.lab.views.explorer import RDExplorer
    from codek7.lab.views.judged import Judged
    from codek7.lab.views.timeline import Timeline


class Loss(NamedTuple):
    """What a ladder without a rung loses: so much quality for those whose connection carries `low_bps` up to
    `high_bps`, and what it saves."""

    score: float
    low_bps: int
    high_bps: int
    storage_bytes_per_hour: int

    def __str__(self) -> str:
        low, high = self.low_bps / 1e6, self.high_bps / 1e6
        gb = self.storage_bytes_per_hour / 1e9
        return f"lose {self.score:.1f} between {low:.2g} and {high:.2g} Mb/s, save {gb:.2g} GB an hour"


class Study:
    """The search for a ladder of one clip under one policy. `run` makes it, and makes it go on."""

    def __init__(self, hub: Hub, clip: Clip, policy: Policy) -> None:
        self._hub = hub
        self.clip = clip
        self.policy = policy
        self.trials: tuple[Trial, ...] = ()
        self._planned: StudyPlanned | None = None
        self._front: FrontMoved | None = None
        self._chosen: Chosen | None = None

    def run(self) -> Self:
        """Look for the ladder, with a line of progress. An interrupt stops it, and nothing is lost: what is
        known so far is there, and the next run goes on from it."""
        line = Line(f"studying {self.clip.name}")
        trials: dict[str, Trial] = {}
        updates = run_study(self._hub, self.clip.source, self.clip.path, self.policy)
        try:
            for update in updates:
                self._hear(update, trials, line)
        except KeyboardInterrupt:
            pass
        finally:
            updates.close()
            line.close()
            self.trials = tuple(trials.values())
        return self

    def _hear(self, update: StudyUpdate, trials: dict[str, Trial], line: Line) -> None:
        if isinstance(update, StudyPlanned):
            self._planned = update
        elif isinstance(update, TrialProgressed):
            line.say(f"encoding {update.rung.label} crf {update.rung.crf:g}")
        elif isinstance(update, TrialEnded):
            trials[update.trial.key] = update.trial
            expected = self._planned.budget * 2 if self._planned else len(trials) + 1
            line.say(f"{update.trial.purpose} {update.trial.rung.label}", min(0.98, len(trials) / expected))
        elif isinstance(update, FrontMoved):
            self._front = update
        elif isinstance(update, StudyEnded):
            self._chosen = update.chosen

    # what is known

    @property
    def done(self) -> bool:
        """Whether it ran to its end."""
        return self._chosen is not None

    @property
    def chosen(self) -> Chosen:
        """The ladder with what each rung is predicted to be. Raises `StateConflict` before the end."""
        if self._chosen is None:
            raise StateConflict("the study was interrupted", hint="study.run() goes on where it stopped")
        return self._chosen

    @property
    def ladder(self) -> Ladder:
        """The ladder: the engine's own, with its hash. Raises `StateConflict` before the end."""
        return self.chosen.ladder

    @property
    def metric(self) -> Metric:
        """What it goes by."""
        return self._known.metric

    @property
    def curves(self) -> tuple[Curve, ...]:
        """What was tried, by size."""
        return self._moved.curves

    @property
    def front(self) -> tuple[Point, ...]:
        """Every rung that is the best for its rate."""
        return self._moved.front

    @property
    def rungs(self) -> tuple[Point, ...]:
        """The ladder's rungs with what they cost and score: as they were made, or as is known so far."""
        if self._chosen is None:
            return self._moved.ladder
        return self._chosen.verified or self._chosen.predicted

    @property
    def probes(self) -> int:
        """How many trials the search took."""
        return self._moved.probes

    def bd_rate(self, against: str | Sequence[Point] = "standard") -> float | None:
        """Mean rate saved (negative) at equal quality, in percent, against the fixed ladder or any rungs."""
        return self.judge(self.rungs, self._rival(against)).bd_rate

    @property
    def storage_bytes_per_hour(self) -> int:
        """What an hour of all rungs takes."""
        return self.judge(self.rungs).storage_bytes_per_hour

    def judge(self, points: Sequence[Point], rival: Sequence[Point] | None = None) -> Judged:
        """What a ladder of these points would mean. Of those of several codecs, the ones in the rival's are
        compared with it; where none is, all are."""
        from codek7.lab.views.judged import sums

        rival = self.chosen.rival if rival is None and self._chosen else rival or ()
        scale = scale_of(self.metric, self.policy)
        codecs = {point.rung.codec for point in rival}
        alike = [point for point in points if point.rung.codec in codecs] or points
        value = bd_rate(_plain(alike), _plain(rival), low=scale.floor, high=scale.top)
        return replace(sums(points), bd_rate=value)

    def without(self, rung: int) -> Loss:
        """What dropping a rung (by its place, 0 the lowest, -1 the highest) costs viewers and saves. Raises
        `UsageError` where there is none."""
        points = self._rising
        rung = self._number(rung)
        here = points[rung]
        below = points[rung - 1].score if rung else 0.0
        above = points[rung + 1].average_bps if rung + 1 < len(points) else here.average_bps * 2
        saved = here.average_bps * 3600 // 8
        return Loss(here.score - below, here.average_bps, above, saved)

    def save(self, path: str | Path) -> Path:
        """Write the ladder to a .toml or .json file: `codek7 ingest --ladder` and the server take it."""
        from codek7.files import write_ladder

        write_ladder(self.ladder, Path(path))
        return Path(path)

    # views

    def explorer(self) -> RDExplorer:
        """Rate against quality, the rungs to be moved along the front."""
        from codek7.lab.views.explorer import RDExplorer

        return RDExplorer(
            self.curves,
            self.front,
            self.rungs,
            metric=self.metric,
            rival=(self.chosen.against, self.chosen.rival) if self.done else None,
            judge=self.judge,
            frames=self._frames,
            frame_count=max(trial.frames for trial in self.trials),
            title=self.clip.name,
        )

    def compare(self, what: int | Point | Trial = -1) -> Compare:
        """A rung of the ladder (by its place), or anything that was tried, beside the source."""
        from codek7.lab.views.compare import Compare

        return Compare(self.pairs(what), title=self.clip.name)

    def timeline(self, what: int | Point | Trial = -1) -> Timeline:
        """A trial frame by frame: quality, bits, types and shots; what is selected gives rows."""
        from codek7.lab.frame_rows import timeline_of

        trial = self.trial(what)
        return timeline_of(self._hub, self.clip, trial, self.pairs(trial))

    def editor(self, production: Ladder | None = None) -> LadderEditor:
        """The ladder as rows, under the policy, and against what is in production."""
        from codek7.lab.views.editor import LadderEditor

        return LadderEditor(
            self.front,
            self.rungs,
            self.policy,
            metric=self.metric,
            duration_us=self.clip.info.duration_us,
            like=self._chosen.ladder if self._chosen else None,
            production=production,
            judge=self.judge,
            min_distance=scale_of(self.metric, self.policy).step,
            rival=self._chosen.against if self._chosen else "",
        )

    def trial(self, what: int | Point | Trial) -> Trial:
        """The trial behind a rung of the ladder or a point. Raises `StateConflict` where it was not tried,
        `UsageError` where there is no such rung."""
        if isinstance(what, Trial):
            return what
        point = what if isinstance(what, Point) else self._rising[self._number(what)]
        found = [trial for trial in self.trials if trial.rung == point.rung]
        if not found:
            raise StateConflict(
                f"{point.rung.label} crf {point.rung.crf:g} was not tried", hint="choose a point of `curves`"
            )
        return found[-1]

    def pairs(self, what: int | Point | Trial = -1) -> TrialPairs:
        """The pictures of a trial beside the source's."""
        trial = self.trial(what)
        plan, video = self._plan_of(trial)
        return TrialPairs(self._hub, self.clip.path, plan, video, trial)

    def _frames(self, point: Point, number: int) -> Any:
        pairs = self.pairs(point)
        try:
            return pairs.pair(min(number, pairs.frames - 1), 720)
        finally:
            pairs.close()

    def _plan_of(self, trial: Trial) -> tuple[WorkPlan, VideoPlan]:
        """The plan that the trial was made by: cut as the planner's ladder is, or as the chosen one."""
        planned, _ = find_candidates(self.clip.info, self.policy, self._hub.hooks)
        ladders = [planned, *([self.ladder] if self.done else [])]
        for ladder in ladders:
            cuts = cut(self.clip.probed, self.clip.video, ladder)
            plan = plan_trials(
                self.clip.source,
                self.clip.probed,
                [trial.rung],
                replace(cuts, chunks=_chunks(cuts, trial)),
                tools=tools_signature(self._hub),
                limits=self._hub.settings.limits,
                filters=self._hub.hooks.filters,
            )
            if plan.video[0].keys == trial.chunk_keys:
                return plan, plan.video[0]
        raise StateConflict(
            "the trial was made with other tools than these", hint="study.run() makes it again"
        )

    def _rival(self, against: str | Sequence[Point]) -> Sequence[Point]:
        if not isinstance(against, str):
            return against
        if against != self.chosen.against:
            raise StateConflict(f"nothing is known of {against!r}", hint=f"there is {self.chosen.against!r}")
        return self.chosen.rival

    @property
    def _rising(self) -> list[Point]:
        return sorted(self.rungs, key=lambda point: point.average_bps)

    def _number(self, rung: int) -> int:
        """The place of a rung, counted from the lowest."""
        count = len(self.rungs)
        if rung not in range(-count, count):  # nor is what is no number
            raise UsageError(f"there is no rung {rung!r}", hint=f"there are rungs 0 to {count - 1}")
        return rung % count

    @property
    def _known(self) -> StudyPlanned:
        if self._planned is None:
            raise StateConflict("the study has not begun", hint="study.run()")
        return self._planned

    @property
    def _moved(self) -> FrontMoved:
        if self._front is None:
            raise StateConflict("nothing is known yet", hint="study.run()")
        return self._front

    def __repr__(self) -> str:
        state = "done" if self.done else "interrupted" if self._front else "not begun"
        return f"Study({self.clip.name!r}, {self.policy.name!r}, {state}, {len(self.trials)} trials)"

    def _repr_html_(self) -> str:
        from codek7.lab.displays import chosen, points

        if self._chosen is not None:
            return chosen(self._chosen)
        return points(self._front.ladder if self._front else ())


def _plain(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(point.average_bps, point.score) for point in points]


def _chunks(cuts: Cuts, trial: Trial) -> Any:
    whole = {(chunk.first, chunk.last): chunk for chunk in cuts.chunks}
    if all(span in whole for span in trial.spans):
        return tuple(whole[span] for span in trial.spans)
    return sample_chunks(cuts, [first for first, _ in trial.spans])
