"""A study from its source to its ladder, as a stream of what is known so far.

Closing it early loses nothing that was tried: the next study of the source finds it in the catalog.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from codek7.core.errors import FramesDiffer, MediaEmpty
from codek7.core.ladder import Ladder, Policy, Rung, order
from codek7.core.measurement import Metric
from codek7.core.media import Probed, Source, VideoTrack
from codek7.core.rung_sizes import pixels
from codek7.core.study import (
    Chosen,
    FrontMoved,
    Outcome,
    Point,
    StudyEnded,
    StudyPlanned,
    StudyUpdate,
    TrialEnded,
    TrialProgressed,
)
from codek7.core.timeline import Timeline
from codek7.engine import open_engine, source_cache
from codek7.hub import Hub
from codek7.jobs import find_policy, find_source
from codek7.sources import hold
from codek7.study.bd_rate import bd_rate, require_scipy
from codek7.study.candidates import find_candidates
from codek7.study.scales import SCALES, Scale, choose_metric
from codek7.study.scope import Scope, cut, probe_scope, verification
from codek7.study.search import Search, point_of
from codek7.study.trying import Bench
from codek7.study.verifying import Verified, Wanted, apart, unbeaten, verify

PLANNER = "codek7-study@1"
RIVAL = "standard"
"""The policy whose ladder a study compares its own with."""

Study = Generator[StudyUpdate, None, None]


def study_source(hub: Hub, source: str, *, policy: str = "", budget: int | None = None) -> Study:
    """`run_study` of a path or URL under a policy by its name or file. Raises `PolicyUnknown`,
    `SourceNotFound`."""
    chosen = find_policy(hub, policy or hub.settings.policy)
    if budget is not None:
        chosen = replace(chosen, tuning=replace(chosen.tuning, budget=budget))
    found, path = find_source(hub, source)
    yield from run_study(hub, found, path, chosen)


def run_study(hub: Hub, source: Source, path: Path, policy: Policy) -> Study:
    """Find the best ladder of a source under a policy. The last update is `StudyEnded`.

    Raises `MediaError`, `LadderInvalid` where the policy leaves nothing to choose from, `ToolMissing` where
    nothing here measures, and what encoding raises.
    """
    try:
        yield from _study(hub, source, path, policy, thorough=False)
    except FramesDiffer:  # the packets do not tell the truth: decode, to know the frames
        yield from _study(hub, source, path, policy, thorough=True)


def _study(hub: Hub, source: Source, path: Path, policy: Policy, *, thorough: bool) -> Study:
    require_scipy()
    probed = hub.hooks.probe(path, hub.settings.limits, thorough)
    track = probed.info.video
    if track is None:
        raise MediaEmpty(f"{path.name} has no pictures to study", hint="a ladder of sounds needs no study")
    planned, candidates = find_candidates(probed.info, policy, hub.hooks)
    metric = choose_metric(policy.tuning.metric, pixels(track.display_size), hub.hooks.meters())
    scale = scale_of(metric, policy)
    scope = probe_scope(path, probed, track, planned, policy.tuning, hub.settings)
    searches = [Search(each, scale, policy.tuning) for each in candidates]
    yield _planned(hub, searches, scope, metric)
    with hold(path, source_cache(hub)), open_engine(hub) as engine:
        bench = Bench(engine, hub.catalog, source, probed, metric, thorough=thorough)
        for search in searches:
            yield from _probe(bench, search, searches, scope, policy)
        end = _End(hub, bench, source, probed, track, planned, policy, metric, scale, scope, searches)
        yield from _finish(end)


def scale_of(metric: Metric, policy: Policy) -> Scale:
    """What counts as good and as different: the metric's, or the policy's."""
    scale, tuning = SCALES[metric.name], policy.tuning
    return scale._replace(top=tuning.top_score or scale.top, step=tuning.step_score or scale.step)


def _planned(hub: Hub, searches: Sequence[Search], scope: Scope, metric: Metric) -> StudyPlanned:
    meter = next(meter for meter in hub.hooks.meters() if metric in meter.metrics)
    return StudyPlanned(
        metric=metric,
        meter=meter.signature,
        sizes={
            search.candidates.codec: tuple(
                (rung.width, rung.height) for _, rung in sorted(search.candidates.rungs.items())
            )
            for search in searches
        },
        segments=scope.segments,
        sampled_us=scope.sampled_us,
        duration_us=scope.timeline.duration_us,
        budget=sum(search.budget for search in searches),
    )


def _probe(
    bench: Bench, search: Search, searches: Sequence[Search], scope: Scope, policy: Policy
) -> Generator[TrialProgressed | TrialEnded | FrontMoved, None, None]:
    """Trials of one codec, until its front is known."""
    while probes := search.next():
        trials = yield from bench.run(
            [search.rung(probe) for probe in probes], scope.timeline, "probe", every=scope.every
        )
        for probe, trial in zip(probes, trials, strict=True):
            search.add(probe, trial)
        yield so_far(searches, policy)


def so_far(searches: Sequence[Search], policy: Policy) -> FrontMoved:
    """What is known now."""
    known = [search for search in searches if search.probes]
    return FrontMoved(
        curves=tuple(curve for search in known for curve in search.drawn()),
        front=tuple(search.point(place) for search in known for place in search.front().places),
        ladder=tuple(each.point for each in _wanted(known, policy, kept=0)),
        probes=sum(search.probes for search in known),
    )


def _wanted(searches: Sequence[Search], policy: Policy, kept: int) -> list[Wanted]:
    """The rungs to be, shared out between the codecs; `kept` rungs are there already."""
    wanted: list[Wanted] = []
    for at, search in enumerate(searches):
        left = policy.max_rungs - kept - len(wanted)
        most = -(-left // (len(searches) - at))
        if most < 1 and wanted:
            continue
        places = search.ladder(policy, most)
        wanted += [Wanted(search, place, search.point(place, policy.max_bps)) for place in places]
    return wanted


class _End(NamedTuple):
    """All that the end of a study needs."""

    hub: Hub
    bench: Bench
    source: Source
    probed: Probed
    track: VideoTrack
    planned: Ladder
    policy: Policy
    metric: Metric
    scale: Scale
    scope: Scope
    searches: Sequence[Search]

    @property
    def kept(self) -> tuple[Rung, ...]:
        """Rungs that are no study's matter, and stay as planned."""
        return tuple(rung for rung in self.planned.rungs if rung.dynamic_range != "sdr")

    def ladder(self, rungs: Sequence[Rung]) -> Ladder:
        """With these rungs."""
        every = order((*rungs, *self.kept))
        return replace(self.planned, rungs=every, planner=PLANNER)

    def in_order(self, wanted: Sequence[Wanted], verified: Sequence[Point]) -> Verified:
        """In the order that their rungs have in the ladder."""
        rungs = self.ladder([each.point.rung for each in wanted]).rungs
        pairs = sorted(zip(wanted, verified, strict=True), key=lambda pair: rungs.index(pair[0].point.rung))
        return [each for each, _ in pairs], [point for _, point in pairs]

    def timeline(self, rungs: Sequence[Rung]) -> Timeline:
        """What rungs are verified over, cut as an ingest of their ladder cuts it."""
        timeline = cut(self.probed, self.track, self.ladder(rungs))
        return verification(timeline, self.policy.tuning.verify_s)


def _finish(end: _End) -> Study:
    wanted = _wanted(end.searches, end.policy, len(end.kept))
    verified: list[Point] = []
    if end.policy.tuning.verify_s:
        wanted, verified = yield from verify(end.bench, wanted, end.timeline, end.scale, end.policy.max_bps)
        tuning = end.policy.tuning
        wanted, verified = unbeaten(wanted, verified, tuning.forced_sizes)
        wanted, verified = end.in_order(*apart(wanted, verified, tuning.step_ratio, tuning.forced_sizes))
    rungs = [each.point.rung for each in wanted]
    rival = yield from _rival(end, rungs)
    mine = verified if end.scope.whole and verified else [each.point for each in wanted]
    codec = end.searches[0].candidates.codec
    chosen = Chosen(
        ladder=end.ladder(rungs),
        metric=end.metric,
        predicted=tuple(each.point for each in wanted),
        verified=tuple(verified),
        rival=tuple(rival),
        probes=sum(search.probes for search in end.searches),
        against=RIVAL,
        bd_rate=bd_rate(
            [(point.average_bps, point.score) for point in mine if point.rung.codec == codec],
            [(point.average_bps, point.score) for point in rival],
            low=end.scale.floor,
            high=end.scale.top,
        ),
    )
    end.hub.catalog.add_study(Outcome(source_sha256=end.source.sha256, policy=end.policy.name, chosen=chosen))
    yield StudyEnded(chosen=chosen)


def _rival(end: _End, rungs: Sequence[Rung]) -> Generator[TrialProgressed | TrialEnded, None, list[Point]]:
    """The fixed ladder in the first codec, tried as what it is compared with was. Rungs with fewer pictures
    than ours cannot be compared with them, and are left out."""
    policy = replace(
        end.policy, base=RIVAL, codecs=(end.searches[0].candidates.codec,), keep_hdr=False, max_rungs=64
    )
    rate = end.track.frame_rate
    planned = end.hub.hooks.plan_ladder(end.probed.info, policy).rungs
    fixed = [rung for rung in planned if rung.divisor(rate) == rungs[0].divisor(rate)]
    full = end.scope.whole and end.policy.tuning.verify_s > 0
    timeline = end.timeline(rungs) if full else end.scope.timeline
    trials = yield from end.bench.run(fixed, timeline, "baseline", every=1 if full else end.scope.every)
    return [point_of(trial) for trial in trials]
