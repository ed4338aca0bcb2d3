"""Bit rates measured from the bytes, as RFC 8216bis section 4.1 defines them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import msgspec

from codek7.check.playlist import MainPlaylist, Rendition, Variant
from codek7.check.walk import MediaFacts, Presentation


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Peak segment bit rate and average segment bit rate, in bits a second.

    Packagers in wide use look at single segments only. `single_bps` is the peak over those that last at
    least half a target duration, never above `peak_bps`; `highest_bps` is the peak, or the rate of a single
    segment of a quarter of a target duration where that is higher.
    """

    peak_bps: Fraction
    average_bps: Fraction
    single_bps: Fraction
    highest_bps: Fraction

    def __add__(self, other: Rates) -> Rates:
        return Rates(
            peak_bps=self.peak_bps + other.peak_bps,
            average_bps=self.average_bps + other.average_bps,
            single_bps=self.single_bps + other.single_bps,
            highest_bps=self.highest_bps + other.highest_bps,
        )


def measured(facts: MediaFacts) -> Rates | None:
    """Measure one media playlist; None where a size or a duration is missing.

    The peak is the largest rate of any contiguous set of segments that lasts 0.5 to 1.5 target
    durations; where no set does, as in a playlist of one short segment, that of the whole.
    """
    target = facts.playlist.target_duration_s
    pairs = []
    for read in facts.reads:
        duration = read.segment.duration_s
        if read.container == "gap":
            continue
        if read.problem or read.missing_bytes or read.container == "unread" or duration is None:
            return None
        pairs.append((read.size_bytes * 8, duration))
    whole_s = sum((duration for _, duration in pairs), Fraction(0))
    if not whole_s or not target:
        return None
    average = sum(bits for bits, _ in pairs) / whole_s
    peak = _peak(pairs, Fraction(target, 2), Fraction(3 * target, 2)) or average
    return Rates(
        peak_bps=peak,
        average_bps=average,
        single_bps=_single(pairs, Fraction(target, 2)) or peak,
        highest_bps=max(peak, _single(pairs, Fraction(target, 4))),
    )


def _single(pairs: list[tuple[int, Fraction]], least_s: Fraction) -> Fraction:
    return max((bits / lasts for bits, lasts in pairs if lasts >= least_s), default=Fraction(0))


def _peak(pairs: list[tuple[int, Fraction]], least_s: Fraction, most_s: Fraction) -> Fraction:
    peak = Fraction(0)
    for first in range(len(pairs)):
        bits, lasts = 0, Fraction(0)
        for size, duration in pairs[first:]:
            bits += size
            lasts += duration
            if lasts > most_s:
                break
            if lasts >= least_s and lasts > 0:
                peak = max(peak, bits / lasts)
    return peak


def largest_combination(
    presentation: Presentation, main: MainPlaylist, variant: Variant, *, subtitles: bool
) -> Rates | None:
    """The largest sum that a variant's playlist and one rendition of each of its groups can make."""
    facts = presentation.facts(variant.uri)
    own = measured(facts) if facts else None
    if own is None:
        return None
    kinds = ("AUDIO", "SUBTITLES") if subtitles else ("AUDIO",)
    for kind in kinds:
        members = tuple(main.group(kind, variant.tag.text(kind)))
        extra = _largest(presentation, members)
        if extra is None:
            return None
        # Without pictures, the variant's own playlist is one of the group: one of them plays, not two.
        own = extra if any(member.uri == variant.uri for member in members) else own + extra
    return own


def _largest(presentation: Presentation, renditions: Iterable[Rendition]) -> Rates | None:
    """The largest of each rate in a group; None where one cannot be measured."""
    none = Fraction(0)
    found = [Rates(peak_bps=none, average_bps=none, single_bps=none, highest_bps=none)]
    for rendition in renditions:
        if rendition.uri is None:  # inside the variant's own segments
            continue
        facts = presentation.facts(rendition.uri)
        rates = measured(facts) if facts else None
        if rates is None:
            return None
        found.append(rates)
    return Rates(
        peak_bps=max(rates.peak_bps for rates in found),
        average_bps=max(rates.average_bps for rates in found),
        single_bps=max(rates.single_bps for rates in found),
        highest_bps=max(rates.highest_bps for rates in found),
    )
