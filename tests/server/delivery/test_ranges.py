"""Byte ranges against a model that knows nothing but positions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7_server.delivery.ranges import MAX_RANGES, resolve
from tests.server.delivery.asking import wanted_bytes

SIZES = st.integers(0, 60)
NUMBERS = st.one_of(st.integers(0, 80), st.just(10**30)).map(str) | st.sampled_from(["", "00", "007"])
SPECS = st.builds("{}-{}".format, NUMBERS, NUMBERS) | st.sampled_from(
    ["", " ", "-", "x", "1", "1--2", "-1-", "+1-2"]
)
LISTS = st.lists(
    st.builds("{}{}{}".format, st.sampled_from(["", " ", "\t"]), SPECS, st.sampled_from(["", " "])),
    max_size=5,
)
UNITS = st.sampled_from(["bytes=", "bytes=", "bytes=", "BYTES=", "Bytes=", "bytes =", "lines=", "bytes", "="])
HEADERS = st.builds(lambda unit, specs: unit + ",".join(specs), UNITS, LISTS)


@given(HEADERS, SIZES)
def test_ranges_are_what_the_model_says(header: str, size: int) -> None:
    spans = resolve(header.encode(), size)
    model = wanted_bytes(header, size)
    if model is None:
        assert spans is None
        return
    union = set().union(*model)
    if not union:  # the last bytes of nothing: RFC 9110 calls it satisfiable, and no Content-Range can say it
        assert spans == () or (size == 0 and spans is None)
        return
    assert spans is not None
    covered = [set(range(span.start, span.end)) for span in spans]
    assert all(covered), "no empty part"
    assert set().union(*covered) == union
    assert sum(map(len, covered)) == len(union), "no byte twice"
    met = [wanted for wanted in model if wanted]
    if sum(map(len, met)) == len(union) and not any(_touch(a, b) for a in met for b in met if a is not b):
        assert covered == met, "in the order in which they were asked for"


def _touch(a: set[int], b: set[int]) -> bool:
    return max(a) + 1 == min(b)


@given(st.binary(max_size=40), SIZES)
def test_no_header_is_an_error(header: bytes, size: int) -> None:
    resolve(header, size)
    resolve(b"bytes=" + header, size)


def test_too_many_ranges_are_no_ranges() -> None:
    asked = ",".join(f"{at * 3}-{at * 3}" for at in range(MAX_RANGES))
    spans = resolve(f"bytes={asked}".encode(), 1000)
    assert spans is not None
    assert len(spans) == MAX_RANGES
    assert resolve(f"bytes={asked},900-901".encode(), 1000) is None


@pytest.mark.parametrize(
    "header", [b"bytes=" + b"9" * 5000 + b"-", b"bytes=0-" + b"9" * 5000, b"bytes=-" + b"9" * 5000]
)
def test_numbers_may_be_long(header: bytes) -> None:
    assert resolve(header, 10) in ((), ((0, 10),))
