"""Conditions against RFC 9110, section 13.2.2, written down as it stands there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codek7_server.delivery.conditions import evaluate, range_stands
from codek7_server.delivery.dates import write_date

MODIFIED_S = 1_700_000_000
ETAG = b'"a,b"'
TAGS = st.sampled_from([ETAG, b"W/" + ETAG, b'"other"', b'W/"other"', b'""'])
BROKEN = st.sampled_from([b"a", b'"', b'"x', b'w/"a,b"', b'"a,b" "other"'])


def listed(tags: list[bytes], between: bytes) -> bytes:
    return between.join(tags)


LISTS = st.builds(
    listed, st.lists(TAGS, min_size=1, max_size=4), st.sampled_from([b",", b", ", b" , ,", b",,"])
)
DATES = st.sampled_from([MODIFIED_S - 1, MODIFIED_S, MODIFIED_S + 1]).map(write_date) | st.just(b"yesterday")
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        b"if-match": LISTS | st.just(b"*") | BROKEN,
        b"if-none-match": LISTS | st.just(b"*") | BROKEN,
        b"if-modified-since": DATES,
        b"if-unmodified-since": DATES,
    },
)


def tags_in(value: bytes) -> list[bytes]:
    """The tags of a list; none where it is no list of tags. Only the tags above are known here."""
    known = [b"W/" + ETAG, ETAG, b'W/"other"', b'"other"', b'W/""', b'""']
    left, found = value.strip(b" ,"), []
    while left:
        tag = next((tag for tag in known if left.startswith(tag)), None)
        if tag is None:
            return []
        found.append(tag)
        rest = left[len(tag) :]
        left = rest.lstrip(b" ,")
        if left and b"," not in rest[: len(rest) - len(left)]:
            return []
    return found


def expected(headers: dict[bytes, bytes]) -> int:
    dates = {write_date(MODIFIED_S + d): MODIFIED_S + d for d in (-1, 0, 1)}
    if b"if-match" in headers:
        value = headers[b"if-match"]
        if value != b"*" and ETAG not in tags_in(value):
            return 412
    elif b"if-unmodified-since" in headers:
        date = dates.get(headers[b"if-unmodified-since"])
        if date is not None and date < MODIFIED_S:
            return 412
    if b"if-none-match" in headers:
        value = headers[b"if-none-match"]
        same = ETAG in tags_in(value) or b"W/" + ETAG in tags_in(value)
        return 304 if value == b"*" or same else 200
    if b"if-modified-since" in headers:
        date = dates.get(headers[b"if-modified-since"])
        if date is not None and date >= MODIFIED_S:
            return 304
    return 200


@given(HEADERS)
def test_conditions_are_what_the_standard_says(headers: dict[bytes, bytes]) -> None:
    assert evaluate(headers, ETAG, MODIFIED_S) == expected(headers)


@given(TAGS | DATES | BROKEN, st.booleans())
def test_if_range(condition: bytes, lasting: bool) -> None:
    stands = range_stands({b"if-range": condition}, ETAG, MODIFIED_S, lasting=lasting)
    assert stands == (condition == ETAG or (lasting and condition == write_date(MODIFIED_S)))


@given(st.binary(max_size=30))
def test_no_value_is_an_error(value: bytes) -> None:
    for name in (b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since"):
        assert evaluate({name: value}, ETAG, MODIFIED_S) in (200, 304, 412)
    range_stands({b"if-range": value}, ETAG, MODIFIED_S, lasting=True)
