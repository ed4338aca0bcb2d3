"""What is said of a ladder in the making: which wishes it breaks, and what it changes in production."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from codek7.core.ladder import Ladder, Policy, Rung
from codek7.core.study import Point
from codek7.core.values import content_hash
from codek7.lab.views import words
from codek7.lab.views.judged import Judged
from codek7.study.scales import ALMOST

MIN_DISTANCE = 6.0
"""Of VMAF: about what people begin to notice between two rungs (research: one JND is six points)."""


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A wish that is broken: its name, by which rungs of the ladder (numbered from 0, rising), and why."""

    rule: str
    rungs: tuple[int, ...]
    message: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a rung: "added", "removed", "changed" or "kept"; `detail` says from what to what."""

    kind: str
    label: str
    detail: str = ""


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said of a ladder. `changes` has its rungs first, in its order, then what goes; it is empty
    where there is no production to change."""

    judged: Judged
    violations: tuple[Violation, ...]
    changes: tuple[Change, ...]


def violations(points: Sequence[Point], policy: Policy, min_distance: float) -> tuple[Violation, ...]:
    """What in a rising ladder breaks the policy, or leaves two neighbours too close in quality or rate."""
    broken = list(_sizes(points, policy))
    if len(points) > policy.max_rungs:
        beyond = tuple(range(policy.max_rungs, len(points)))
        said = f"{len(points)} rungs, and the policy allows {policy.max_rungs}"
        broken.insert(0, Violation(rule="most rungs", rungs=beyond, message=said))
    for (low, below), (high, above) in pairwise(enumerate(points)):
        if below.rung.codec == above.rung.codec:
            close = _too_close(below, above, min_distance, policy.tuning.step_ratio)
            broken += [Violation(rule=rule, rungs=(low, high), message=message) for rule, message in close]
    return tuple(broken)


def _too_close(below: Point, above: Point, distance: float, ratio: float) -> Iterator[tuple[str, str]]:
    both = f"{below.rung.label} and {above.rung.label}"
    apart, times = abs(above.score - below.score), above.average_bps / below.average_bps
    if apart < distance * ALMOST:
        yield "distance", f"{both} are {apart:.1f} apart, less than {distance:g}"
    if times < ratio * ALMOST:
        yield "ratio", f"{both} are {times:.2f} times apart in rate, less than {ratio:g}"


def _sizes(points: Sequence[Point], policy: Policy) -> list[Violation]:
    broken: list[Violation] = []
    for at, point in enumerate(points):
        rung, lines = point.rung, min(point.rung.width, point.rung.height)

        def breaks(rule: str, message: str, at: int = at) -> None:
            broken.append(Violation(rule=rule, rungs=(at,), message=message))

        if policy.max_bps and rung.ceiling_bps > policy.max_bps:
            over = f"{words.rate(rung.ceiling_bps)}, above the cap of {words.rate(policy.max_bps)}"
            breaks("cap", f"{rung.label} may reach {over}")
        if lines < policy.min_height:
            breaks("lowest size", f"{rung.label} is below {policy.min_height} lines")
        if lines > policy.max_height:
            breaks("highest size", f"{rung.label} is above {policy.max_height} lines")
        if rung.codec not in policy.codecs:
            breaks("codec", f"{rung.label}: the policy wants {', '.join(policy.codecs)}")
    return broken


def changes(production: Ladder, now: Sequence[Rung]) -> tuple[Change, ...]:
    """What the rungs would change: equal ones are kept, of those of one codec and size the first left on
    either side become each other, the rest is removed or added."""
    before = {content_hash(rung): rung for rung in production.rungs}
    after = {content_hash(rung): rung for rung in now}
    gone = [rung for key, rung in before.items() if key not in after]
    found: list[Change] = []
    for key, rung in after.items():
        if key in before:
            found.append(Change(kind="kept", label=rung.label))
            continue
        old = next((other for other in gone if _alike(rung, other)), None)
        if old is None:
            found.append(Change(kind="added", label=rung.label, detail=_terms(rung)))
            continue
        gone.remove(old)
        found.append(Change(kind="changed", label=rung.label, detail=f"{_terms(old)} → {_terms(rung)}"))
    removed = [Change(kind="removed", label=rung.label, detail=_terms(rung)) for rung in gone]
    return (*found, *removed)


def _alike(rung: Rung, other: Rung) -> bool:
    return (rung.codec, rung.width, rung.height, rung.dynamic_range) == (
        other.codec, other.width, other.height, other.dynamic_range,
    )  # fmt: skip


def _terms(rung: Rung) -> str:
    return f"CRF {rung.crf:g} up to {words.rate(rung.ceiling_bps)}"
