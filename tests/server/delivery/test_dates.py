"""HTTP dates in their three forms."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7_server.delivery.dates import read_date, write_date

UNIX = st.integers(0, 4_102_444_799)


@given(UNIX)
def test_what_is_written_is_read(unix_s: int) -> None:
    assert read_date(write_date(unix_s)) == unix_s


@given(UNIX)
def test_the_obsolete_forms_are_read(unix_s: int) -> None:
    at = time.gmtime(unix_s)
    asctime = time.asctime(at)
    assert read_date(asctime.encode()) == unix_s
    rfc850 = time.strftime("%A, %d-%b-%y %H:%M:%S GMT", at)
    assert read_date(rfc850.encode(), year=at.tm_year) == unix_s


def test_two_digits_are_at_most_fifty_years_ahead() -> None:
    ahead = read_date(b"Friday, 01-Jan-27 00:00:00 GMT", year=2026)
    behind = read_date(b"Friday, 01-Jan-99 00:00:00 GMT", year=2026)
    assert ahead == read_date(b"Fri, 01 Jan 2027 00:00:00 GMT")
    assert behind == read_date(b"Fri, 01 Jan 1999 00:00:00 GMT")


@pytest.mark.parametrize("text", [
    b"", b"0", b"now", b"Fri, 01 Jan 2027 00:00:00", b"Fri, 01 Jan 2027 00:00:00 UTC",
    b"Fri, 32 Jan 2027 00:00:00 GMT", b"Fri, 01 Jan 2027 24:00:00 GMT", b"fri, 01 jan 2027 00:00:00 gmt",
    b"Fri, 1 Jan 2027 00:00:00 GMT", b"2027-01-01T00:00:00Z",
    b"Fri, 01 Jan 2027 00:00:00 GMT, Fri, 01 Jan 2027 00:00:00 GMT",
])  # fmt: skip
def test_nothing_else_is(text: bytes) -> None:
    assert read_date(text) is None
