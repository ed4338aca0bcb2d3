"""The search of one codec: what was tried, what that says, and what to try next."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from codek7.core.ladder import Policy, Rung, Tuning
from codek7.core.study import Curve, Point, Trial
from codek7.study.candidates import Candidates, size_at_least
from codek7.study.choosing import Wish, choose
from codek7.study.curves import SizeCurve, Tried, curves_of
from codek7.study.front import Front, Place, front_of
from codek7.study.probing import Probe, first_probes, next_probes
from codek7.study.scales import Scale

A_SIZE = 2.4
"""Probes that are enough for each size: twelve for five of them, where an exhaustive grid has forty."""
AT_ONCE = 3
"""Probes made together share a decode, and leave cores idle but once; more of them would know less of each
other (simulated: nothing is lost with three)."""


class Search:
    """Fills up with trials. Sizes are in pixels."""

    def __init__(self, candidates: Candidates, scale: Scale, tuning: Tuning) -> None:
        self.candidates = candidates
        self._scale = scale
        self._lowest_bps = tuning.lowest_bps
        self._forced = tuning.forced_sizes
        self._budget = max(3, min(tuning.budget, round(A_SIZE * len(candidates.rungs))))
        self._trials: list[tuple[Probe, Trial]] = []

    @property
    def budget(self) -> int:
        """How many trials it may take."""
        return self._budget

    @property
    def probes(self) -> int:
        """How many trials it took so far."""
        return len(self._trials)

    def next(self) -> list[Probe]:
        """What to try now; nothing when enough is known or the budget is spent."""
        left = self._budget - self.probes
        codec = self.candidates.codec
        if not self._trials:
            top, again, *others = first_probes(list(self.candidates.rungs), codec)
            return [top, again, *sorted(others, key=self._may_wait)][:left]
        if not left:
            return []
        most = ceil(left / ceil(left / AT_ONCE))
        return next_probes(self._tried(), codec, self._scale, most, self._lowest_bps)

    def _may_wait(self, probe: Probe) -> bool:
        """A size that must be there is tried, however few probes there are."""
        return _short(self.candidates.rungs[probe.size]) not in self._forced

    def rung(self, probe: Probe) -> Rung:
        """The rung that a probe tries."""
        return self.candidates.probe(probe.size, probe.crf)

    def add(self, probe: Probe, trial: Trial) -> None:
        """What a probe gave."""
        self._trials.append((probe, trial))

    def curves(self) -> dict[int, SizeCurve]:
        """What is known of each size."""
        return curves_of(self._tried())

    def front(self) -> Front:
        """The best of all sizes, within the scores that anybody wants."""
        return front_of(self.curves(), self.candidates.codec).within(
            self._scale.floor, self._scale.top + self._scale.step
        )

    def ladder(self, policy: Policy, most: int) -> tuple[Place, ...]:
        """The places of the rungs that would be chosen now."""
        tuning, rungs = policy.tuning, self.candidates.rungs
        wish = Wish(
            scale=self._scale,
            most=max(1, most),
            ratio=tuning.step_ratio,
            lowest_bps=tuning.lowest_bps,
            highest_bps=ceil(policy.max_bps / 2),
            least_top=size_at_least(rungs, tuning.min_top_size),
            least=size_at_least(rungs, tuning.min_bottom_size),
            forced=tuple(size for size, rung in rungs.items() if _short(rung) in tuning.forced_sizes),
        )
        return choose(self.front(), self.curves(), self.candidates.codec, wish)

    def point(self, place: Place, highest_bps: int = 0) -> Point:
        """A place as a rung of a ladder, with what it is expected to be."""
        return Point(
            rung=self.candidates.rung(place.size, place.crf, place.bps, highest_bps),
            average_bps=round(place.bps),
            score=place.score,
            cpu_s_per_hour=self._cpu(place.size),
        )

    def drawn(self) -> Iterator[Curve]:
        """The curves as they are shown, the largest size first."""
        for size in sorted(self._tried(), reverse=True):
            tried = [trial for probe, trial in self._trials if probe.size == size]
            rung = self.candidates.rungs[size]
            yield Curve(
                codec=rung.codec,
                width=rung.width,
                height=rung.height,
                points=tuple(point_of(trial) for trial in sorted(tried, key=_rate)),
            )

    def _cpu(self, size: int) -> float:
        costs = [cpu_s_per_hour(trial) for probe, trial in self._trials if probe.size == size]
        return sum(costs) / len(costs) if costs else 0.0

    def _tried(self) -> dict[int, list[Tried]]:
        tried: dict[int, list[Tried]] = {}
        for probe, trial in self._trials:
            tried.setdefault(probe.size, []).append(Tried(probe.crf, trial.average_bps, trial.score))
        return tried


def point_of(trial: Trial) -> Point:
    """A trial as a point."""
    return Point(
        rung=trial.rung,
        average_bps=trial.average_bps,
        score=trial.score,
        peak_bps=trial.peak_bps,
        cpu_s_per_hour=cpu_s_per_hour(trial),
    )


def cpu_s_per_hour(trial: Trial) -> float:
    """Seconds of CPU that encoding an hour takes."""
    return 3600 * trial.encode_cpu_us / trial.duration_us


def _rate(trial: Trial) -> int:
    return trial.average_bps


def _short(rung: Rung) -> int:
    return min(rung.width, rung.height)
