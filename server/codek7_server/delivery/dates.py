"""HTTP dates (RFC 9110, section 5.6.7): written in the one form, read in all three, and nothing else."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import UTC, datetime
from email.utils import formatdate

_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_CLOCK = rb"(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})"
_MONTH = rb"(?P<month>" + b"|".join(_MONTHS) + rb")"
_FORMS = (
    re.compile(
        rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?P<day>\d{2}) "
        + _MONTH
        + rb" (?P<year>\d{4}) "
        + _CLOCK
        + rb" GMT"
    ),
    re.compile(
        rb"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?P<day>\d{2})-"
        + _MONTH
        + rb"-(?P<year>\d{2}) "
        + _CLOCK
        + rb" GMT"
    ),
    re.compile(
        rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) " + _MONTH + rb" (?P<day>[ \d]\d) " + _CLOCK + rb" (?P<year>\d{4})"
    ),
)


def write_date(unix_s: int) -> bytes:
    """As an IMF-fixdate."""
    return formatdate(unix_s, usegmt=True).encode("ascii")


def read_date(text: bytes, *, year: int | None = None) -> int | None:
    """Unix seconds; None where this is no HTTP date. `year` is the current one, for dates whose year has two
    digits: one that would be more than 50 years ahead is of the century before."""
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    day, hour, minute, second = (int(found[name]) for name in ("day", "hour", "minute", "second"))
    full = int(found["year"])
    if len(found["year"]) == 2:
        now = year or datetime.now(UTC).year
        full += now - now % 100
        full -= 100 if full > now + 50 else 0
    if hour > 23 or minute > 59 or second > 60:  # 60 is a leap second
        return None
    try:
        date = datetime(full, _MONTHS.index(found["month"]) + 1, day, tzinfo=UTC)
    except ValueError:
        return None
    return timegm(date.timetuple()) + hour * 3600 + minute * 60 + second
