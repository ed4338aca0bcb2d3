"""Times, lengths and rates, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3600, 86_400


def clock(duration_us: int) -> str:
    """1:02:03; empty for nothing."""
    if duration_us <= 0:
        return ""
    seconds = max(1, duration_us // 1_000_000)  # as players count
    hours, minutes, seconds = seconds // HOUR, seconds // MINUTE % 60, seconds % MINUTE
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def iso(at_us: int) -> str:
    """For machines: `datetime` of <time>."""
    return _moment(at_us).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(at_us: int, now_us: int) -> str:
    """3 hours ago; the day, where that is longer ago than a week."""
    seconds = max(0, (now_us - at_us) // 1_000_000)
    if seconds < MINUTE:
        return "just now"
    for unit, length, many in (("minute", MINUTE, 60), ("hour", HOUR, 24), ("day", DAY, 7)):
        count = seconds // length
        if count < many:
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return day(at_us)


def day(at_us: int) -> str:
    """23 November 2026."""
    return _moment(at_us).strftime("%-d %B %Y")


def rate(bps: int | None) -> str:
    """2.4 Mb/s."""
    if not bps:
        return ""
    return f"{bps / 1_000_000:.1f} Mb/s" if bps >= 1_000_000 else f"{bps / 1000:.0f} kb/s"


def size(count: int) -> str:
    """4.2 GB."""
    value, step = float(count), 0
    while value >= 1000 and step < 4:
        value, step = value / 1000, step + 1
    return f"{value:.0f} B" if not step else f"{value:.3g}\N{NO-BREAK SPACE}{'kMGT'[step - 1]}B"


def percent(part: float) -> str:
    """Rounded down: 100 % is only what is finished."""
    return f"{int(part * 100)} %"


def _moment(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC)
