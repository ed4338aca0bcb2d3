"""Numbers as the views write them: short, with a unit, in English."""

from __future__ import annotations


def rate(bps: float) -> str:
    """Bits a second: "850 kb/s", "2.35 Mb/s"."""
    if bps < 999_500:
        return f"{bps / 1e3:.0f} kb/s"
    return f"{bps / 1e6:.{2 if bps < 9.995e6 else 1}f} Mb/s"


def round_rate(bps: float) -> str:
    """For an axis, with no more digits than the number has: "1 Mb/s"."""
    return f"{bps / 1e3:.3g} kb/s" if bps < 1e6 else f"{bps / 1e6:.3g} Mb/s"


def size(size_bytes: float) -> str:
    """Bytes: "640 kB", "12.4 MB", "3.20 GB"."""
    for unit, name, digits in ((1e9, "GB", 2), (1e6, "MB", 1)):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.{digits}f} {name}"
    return f"{size_bytes / 1e3:.0f} kB"


def percent(value: float) -> str:
    """With its sign: "−21.4 %", "+3.0 %"."""
    return f"{'−' if round(value, 1) < 0 else '+'}{abs(value):.1f} %"


def clock(time_us: int) -> str:
    """A time: "0:09", "1:02:03"."""
    seconds = time_us // 1_000_000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
