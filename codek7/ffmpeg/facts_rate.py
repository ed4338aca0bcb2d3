"""Frame rates, told from the frames' times alone."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from codek7.core.frame_times import FrameTimes

NTSC = Fraction(1000, 1001)
STANDARD = (
    *(rate for whole in (24, 30, 60, 48, 120, 240, 15) for rate in (Fraction(whole), whole * NTSC)),
    *(
        Fraction(rate)
        for rate in ("25", "50", "100", "12", "10", "20", "5", "8", "1", "90", "144", "25/2", "15/2")
    ),
)
SLACK_S = Fraction(1, 1000)
"""Times this close to an even grid are even: what millisecond time bases and their remuxes round away."""
MOST_DENOMINATOR = 1001
COARSE_STEP = 3
"""Where frames are fewer ticks apart, the time base is their rate, and a tick is no rounding error."""
FINE_STEP = 100
"""A step of this many ticks is told exactly; a shorter one may be a rounded one."""


def frame_rate(
    times: FrameTimes, time_base: Fraction, guess: Fraction | None = None
) -> tuple[Fraction, bool]:
    """Frames per second, and whether the rate is constant.

    Constant means that every frame lies on an even grid, within a tick or a millisecond; the rate is then the
    grid's nominal one. Otherwise it is the average: frames over the time they are shown. `guess` is what the
    container claims; it only counts where the frames agree.
    """
    if times.count == 1:
        single = 1 / (times.last_duration * time_base)
        return (guess if guess and abs(1 / guess - 1 / single) <= SLACK_S else single), True
    if rate := _nominal(times, time_base, guess):
        return rate, True
    average = times.count / (times.duration * time_base)
    return _sane(average), False


def _nominal(times: FrameTimes, time_base: Fraction, guess: Fraction | None) -> Fraction | None:
    """The rate whose grid the frames lie on; of several, the one they lie closest to."""
    corners = _corners(times)
    slack = SLACK_S / time_base
    if times.typical_step() >= COARSE_STEP:
        slack = max(slack, Fraction(1))
    last_at, last_time = corners[-1]
    measured = last_at / (last_time * time_base)
    plain = (measured.limit_denominator(most) for most in (1, 2, 4, MOST_DENOMINATOR))
    candidates = [*([guess] if guess else []), *STANDARD, *(rate for rate in plain if rate)]
    if len(times.runs) == 1 and times.runs[0][0] >= FINE_STEP:
        candidates.insert(0, measured)
    fitting = [rate for rate in candidates if abs(last_time - last_at / (rate * time_base)) <= slack]
    errors = [
        (error, n)
        for n, rate in enumerate(fitting)
        if (error := _error(corners, 1 / (rate * time_base))) <= slack
    ]
    return fitting[_best(errors)] if errors else None


def _best(errors: list[tuple[Fraction, int]]) -> int:
    """The first whose error is within half a tick of the smallest."""
    smallest = min(errors)[0]
    return next(n for error, n in errors if error <= smallest + Fraction(1, 2))


def _corners(times: FrameTimes) -> list[tuple[int, int]]:
    """(frame number, ticks since the first) where the step changes: between two, frames are even."""
    corners, at, ticks = [(0, 0)], 0, 0
    for step, count in times.runs:
        at, ticks = at + count, ticks + step * count
        corners.append((at, ticks))
    return corners


def _error(corners: list[tuple[int, int]], period: Fraction) -> Fraction:
    """The furthest any frame lies from the grid that starts at the first, in ticks."""
    numerator, denominator = period.numerator, period.denominator
    worst = max(abs(ticks * denominator - at * numerator) for at, ticks in corners)
    return Fraction(worst, denominator)


def _sane(rate: Fraction) -> Fraction:
    """A rate with a denominator that every tool can carry; never zero."""
    close = rate.limit_denominator(MOST_DENOMINATOR)
    return close if close else Fraction(1, max(1, round(1 / rate)))


def longest_gap(key_pts: list[int], end: int) -> int:
    """The longest distance, in ticks, from a key frame to the next or to the end of the track."""
    return max((later - earlier for earlier, later in pairwise([*sorted(key_pts), end])), default=0)
