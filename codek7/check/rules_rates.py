"""BANDWIDTH and AVERAGE-BANDWIDTH against the bytes (RFC 8216bis section 4.4.6.2, Apple 1.26 to 1.30)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from codek7.check.playlist import MainPlaylist, Variant
from codek7.check.rates import Rates, largest_combination
from codek7.check.report import Finding, Rule
from codek7.check.walk import Presentation

# EXTINF is rounded to thousandths, so the same bytes may measure a little more than their packager saw.
ROUNDING = Fraction(1, 200)
WITHIN = Fraction(1, 10)
LIVE_PEAK_OVER = Fraction(5, 4)
LIVE_AVERAGE_OVER = Fraction(11, 10)
PEAK_TO_AVERAGE = 2


def _at(main: MainPlaylist, variant: Variant, said: str, found: str) -> Finding:
    return Finding(playlist=main.uri, line=variant.line, spot=variant.uri or "", said=said, found=found)


def _measured(
    presentation: Presentation, *, ended: bool, i_frames: bool = False, subtitles: bool = True
) -> Iterator[tuple[MainPlaylist, Variant, Rates]]:
    """Yield the variants that can be measured: finished ones, or those that still grow."""
    main = presentation.main
    if main is None:
        return
    for variant in main.i_frame_variants if i_frames else main.variants:
        facts = presentation.facts(variant.uri)
        if facts is None or facts.playlist.end_list is not ended:
            continue
        rates = largest_combination(presentation, main, variant, subtitles=subtitles)
        if rates is not None:
            yield main, variant, rates


def peak_not_above(presentation: Presentation) -> Iterator[Finding]:
    """BANDWIDTH is no less than the peak of the largest combination; clients stall where it is.

    Subtitles are left out here: players fetch them apart, and packagers do not count them.
    """
    for main, variant, rates in _measured(presentation, ended=True, subtitles=False):
        yield from _below(main, variant, rates.peak_bps)
    for main, variant, rates in _measured(presentation, ended=True, i_frames=True):
        yield from _below(main, variant, min(rates.single_bps, rates.peak_bps))


def _below(main: MainPlaylist, variant: Variant, peak_bps: Fraction) -> Iterator[Finding]:
    said = variant.bandwidth_bps
    if said is not None and peak_bps > said * (1 + ROUNDING):
        yield _at(main, variant, f"BANDWIDTH={said}", f"a peak of {float(peak_bps):.0f} bit/s")


def peak_not_far_below(presentation: Presentation) -> Iterator[Finding]:
    """The measured peak of VOD is within 10 % of BANDWIDTH, short segments counted if that helps."""
    for main, variant, rates in _measured(presentation, ended=True):
        said = variant.bandwidth_bps
        if said is not None and rates.highest_bps < said * (1 - WITHIN):
            yield _at(main, variant, f"BANDWIDTH={said}", f"a peak of {float(rates.peak_bps):.0f} bit/s")


def i_frame_peak_within(presentation: Presentation) -> Iterator[Finding]:
    """The measured peak of trick play is within 10 % of BANDWIDTH."""
    for main, variant, rates in _measured(presentation, ended=True, i_frames=True):
        said = variant.bandwidth_bps
        if said is not None and abs(rates.peak_bps - said) > said * WITHIN:
            yield _at(main, variant, f"BANDWIDTH={said}", f"a peak of {float(rates.peak_bps):.0f} bit/s")


def average_within(presentation: Presentation) -> Iterator[Finding]:
    """The measured average of VOD is within 10 % of AVERAGE-BANDWIDTH."""
    for main, variant, rates in _measured(presentation, ended=True):
        said = variant.average_bandwidth_bps
        if said is not None and abs(rates.average_bps - said) > said * WITHIN:
            found = f"an average of {float(rates.average_bps):.0f} bit/s"
            yield _at(main, variant, f"AVERAGE-BANDWIDTH={said}", found)


def live_average_within(presentation: Presentation) -> Iterator[Finding]:
    """The measured average of what still grows is less than 110 % of AVERAGE-BANDWIDTH."""
    for main, variant, rates in _measured(presentation, ended=False):
        said = variant.average_bandwidth_bps
        if said is not None and rates.average_bps >= said * LIVE_AVERAGE_OVER:
            found = f"an average of {float(rates.average_bps):.0f} bit/s so far"
            yield _at(main, variant, f"AVERAGE-BANDWIDTH={said}", found)


def live_peak_within(presentation: Presentation) -> Iterator[Finding]:
    """The measured peak of what still grows is less than 125 % of BANDWIDTH."""
    for main, variant, rates in _measured(presentation, ended=False):
        said = variant.bandwidth_bps
        if said is not None and rates.peak_bps >= said * LIVE_PEAK_OVER:
            found = f"a peak of {float(rates.peak_bps):.0f} bit/s so far"
            yield _at(main, variant, f"BANDWIDTH={said}", found)


def peak_near_average(presentation: Presentation) -> Iterator[Finding]:
    """The peak of VOD is at most twice its average."""
    for main, variant, rates in _measured(presentation, ended=True):
        if rates.peak_bps > rates.average_bps * PEAK_TO_AVERAGE:
            said = (
                f"a peak of at most {PEAK_TO_AVERAGE} times the average {float(rates.average_bps):.0f} bit/s"
            )
            yield _at(main, variant, said, f"{float(rates.peak_bps):.0f} bit/s")


RULES: tuple[Rule[Presentation], ...] = (
    Rule(
        id="rfc8216bis.4.4.6.2-bandwidth-below-peak",
        text="BANDWIDTH is the largest peak segment bit rate of any playable combination (Apple 9.13).",
        check=peak_not_above,
    ),
    Rule(
        id="apple.1.26-average",
        text="The average segment bit rate of VOD is within 10 % of AVERAGE-BANDWIDTH.",
        check=average_within,
    ),
    Rule(
        id="apple.1.27-peak",
        text="The measured peak bit rate of VOD is within 10 % of BANDWIDTH.",
        check=peak_not_far_below,
    ),
    # For I-frames this is advice: a short last one makes sets with a rate that no client ever sees, and
    # packagers in wide use take the largest single frame instead. Below that it is a fault (4.4.6.2).
    Rule(
        id="apple.6.9-i-frame-peak",
        text="The measured peak bit rate of an I-frame playlist is within 10 % of BANDWIDTH.",
        check=i_frame_peak_within,
        level="should",
    ),
    # Binding over an hour of live content; what has been made so far may be a hard passage.
    Rule(
        id="apple.1.28-live-average",
        text="The average bit rate of live content is less than 110 % of AVERAGE-BANDWIDTH.",
        check=live_average_within,
        level="should",
    ),
    Rule(
        id="apple.1.29-live-peak",
        text="The measured peak bit rate of live content is less than 125 % of BANDWIDTH.",
        check=live_peak_within,
    ),
    Rule(
        id="apple.1.30-peak-to-average",
        text="The peak bit rate of VOD is no more than 200 % of the average.",
        check=peak_near_average,
        level="should",
    ),
)
