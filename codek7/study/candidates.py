"""What a study may choose from: the sizes that the planner would use, each as a rung without its
parameter."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, inf
from typing import NamedTuple

from msgspec.structs import replace

from codek7.core.errors import LadderInvalid
from codek7.core.hooks import Hooks
from codek7.core.ladder import Codec, Ladder, Policy, Rung, order
from codek7.core.media import MediaInfo, VideoTrack
from codek7.core.rung_sizes import h264_bps, pixels

APART = 1.4
"""The least ratio between the pixels of two sizes: closer ones are hardly told apart, and cost a probe
each."""
BESIDE = 1.2
"""The one next to the largest need only be so much smaller: most of the rate is spent there, and where 480
lines give way to 360 with nothing between, the front has a dent (of 2.6 % on a clip with much detail)."""
ROOM = 12
"""A probe's ceiling is so many times the fixed ladder's: high enough to leave the rate to the picture. With
four times, small sizes of hard pictures were predicted up to 29 % too cheap (measured)."""
MOST_BPS = 100_000_000
"""SVT-AV1 takes no higher ceiling."""
HEADROOM = 2
"""And a rung's so many times its average: what Apple's HLS authoring specification allows a peak to be."""


class Candidates(NamedTuple):
    """The rungs of one codec by their pixels, as templates."""

    codec: Codec
    rungs: dict[int, Rung]

    def probe(self, size: int, crf: float) -> Rung:
        """A rung to learn from."""
        ceiling = min(MOST_BPS, int(h264_bps(size)) * ROOM)
        return replace(self.rungs[size], crf=crf, ceiling_bps=ceiling)

    def rung(self, size: int, crf: float, bps: float, highest_bps: int) -> Rung:
        """A rung of a ladder, with the ceiling that its average rate allows."""
        ceiling = max(32_000, ceil(bps * HEADROOM / 1_000) * 1_000)
        return replace(self.rungs[size], crf=crf, ceiling_bps=min(ceiling, highest_bps or MOST_BPS))


def find_candidates(info: MediaInfo, policy: Policy, hooks: Hooks) -> tuple[Ladder, tuple[Candidates, ...]]:
    """What is tuned, codec by codec, and a ladder of all of it, whose cuts are those that any of it has.

    All sizes have the frame rate of the largest: pictures are scored one by one, so one of half the pictures
    would seem as good at two thirds of the rate, and win against larger ones.
    HDR rungs are not among these: there is no metric here that could judge them, and they stay as planned.
    Raises `LadderInvalid` where the policy's sizes leave nothing.
    """
    base = "capped" if policy.base == "standard" else policy.base
    open_policy = replace(policy, base=base, max_rungs=64, max_bps=0)
    planned = hooks.plan_ladder(info, open_policy)
    every = hooks.plan_ladder(_of_any_rate(info), open_policy)
    sdr = [rung for rung in every.rungs if rung.dynamic_range == "sdr"]
    found = []
    for codec in dict.fromkeys(rung.codec for rung in sdr):
        own = [rung for rung in sdr if rung.codec == codec]
        rate = max(own, key=_size).frame_rate
        rungs = _usable((replace(rung, frame_rate=rate) for rung in own), policy)
        if rungs:
            found.append(Candidates(codec, rungs))
    if not found:
        sizes = ", ".join(str(min(rung.width, rung.height)) for rung in sdr)
        raise LadderInvalid(
            f"policy {policy.name} leaves nothing to try of the sizes {sizes or 'that there are'}",
            hint="widen tuning.sizes, min_height or max_height",
        )
    kept = [rung for rung in planned.rungs if rung.dynamic_range != "sdr"]
    tuned = [rung for candidates in found for rung in candidates.rungs.values()]
    return replace(planned, rungs=order((*tuned, *kept))), tuple(found)


def _of_any_rate(info: MediaInfo) -> MediaInfo:
    """A planner leaves sizes out that a source of so low a rate seems not worth; a study finds out itself."""
    tracks = (
        replace(track, bitrate_bps=0) if isinstance(track, VideoTrack) else track for track in info.tracks
    )
    return replace(info, tracks=tuple(tracks))


def _usable(rungs: Iterable[Rung], policy: Policy) -> dict[int, Rung]:
    """By pixels: those that the policy allows, from the largest down, far enough apart."""
    tuning = policy.tuning
    usable: dict[int, Rung] = {}
    last = inf
    for rung in sorted(rungs, key=_size, reverse=True):
        size, short = _size(rung), min(rung.width, rung.height)
        if tuning.sizes and short not in tuning.sizes:
            continue
        far, beside = size * APART <= last, len(usable) == 1 and size * BESIDE <= last
        if far or beside or tuning.sizes or short in tuning.forced_sizes:
            usable[size] = rung
        last = size if far else last
    return usable


def size_at_least(rungs: dict[int, Rung], short: int) -> int:
    """The pixels of the smallest rung whose short side is at least this; of the largest, where none is."""
    fitting = [size for size, rung in rungs.items() if min(rung.width, rung.height) >= short]
    return min(fitting, default=max(rungs)) if short else 0


def _size(rung: Rung) -> int:
    return pixels((rung.width, rung.height))
