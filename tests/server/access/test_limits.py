"""How often somebody may ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.errors import TooManyRequests
from codek7_server.access.limits import Buckets, Limits, place
from tests.server.conftest import RunningServer, StartServer


@given(st.integers(1, 100), st.lists(st.floats(0, 120), max_size=300))
def test_never_more_than_a_bucket_and_its_refill(per_minute: int, pauses: list[float]) -> None:
    now = 0.0
    buckets = Buckets(per_minute, clock_s=lambda: now)
    taken = 0
    for pause in pauses:
        now += pause
        taken += not buckets.take("me")
        assert taken <= per_minute + now * per_minute / 60 + 1e-6


@given(st.integers(1, 1000))
def test_who_waits_as_long_as_told_is_let_in(per_minute: int) -> None:
    now = 0.0
    buckets = Buckets(per_minute, clock_s=lambda: now)
    while not (wait := buckets.take("me")):
        pass
    now += wait
    assert buckets.take("me") == 0
    assert buckets.take("somebody else") == 0


def test_as_many_are_remembered_as_are_said() -> None:
    buckets = Buckets(2, remembered=100)
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets) == 100


def test_none_sets_no_limit() -> None:
    limits = Limits(0)
    for _ in range(100):
        limits.count("me")
        limits.wrong("here")


@pytest.mark.parametrize(("address", "stands_for"), [
    ("192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("testclient", "testclient"),
    ("no:address", "no:address"),
])  # fmt: skip
def test_an_address_stands_for_its_network(address: str, stands_for: str) -> None:
    assert place(address) == stands_for


def test_a_server_says_when_to_come_back(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(tmp_path / "home", CODEK7_SERVER__REQUESTS_PER_MINUTE="30")
    with server.client("viewer") as viewer, server.client() as anyone:
        answers = [viewer.get("/api/me")]
        while answers[-1].is_success and len(answers) < 500:  # a slow machine's are let in again meanwhile
            answers.append(viewer.get("/api/me"))
        late = answers[-1]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert len(answers) > 30
        assert late.json()["code"] == "too-many-requests"
        assert 1 <= int(late.headers["retry-after"]) <= 60
        assert anyone.get("/api/me").status_code == 200, "others are not held"
        assert viewer.get("/health").status_code == 200, "nor is what machines ask"
        guesses = [
            anyone.get("/api/me", headers={"Authorization": "Bearer ck7_a_b"}).status_code for _ in range(30)
        ]
        assert set(guesses) == {401, 429}
    with server.client("admin") as admin:
        assert admin.get("/api/me").status_code == 200, "a key that is right is answered from there too"


@contextmanager
def following(server: RunningServer, role: str) -> Iterator[httpx.Response]:
    """An event stream that has begun, or the answer instead."""
    with server.client(role) as client, client.stream("GET", "/api/events") as answer:
        lines = answer.iter_lines()  # as long as it lives, the stream does
        if answer.is_success:
            assert next(lines) == "retry: 2000"
        else:
            answer.read()
        yield answer


def test_event_streams_are_bounded_for_a_key_and_for_all(tmp_path: Path, start_server: StartServer) -> None:
    limits = {"CODEK7_SERVER__STREAMS_PER_KEY": "2", "CODEK7_SERVER__STREAMS": "3"}
    server = start_server(tmp_path / "home", **limits)
    with ExitStack() as stack:
        held = [stack.enter_context(following(server, "uploader")) for _ in range(3)]
        assert [answer.status_code for answer in held] == [200, 200, 429]
        assert held[-1].json()["code"] == "too-many-requests"
        assert int(held[-1].headers["retry-after"]) >= 1
        assert stack.enter_context(following(server, "moderator")).status_code == 200, "others are not held"
        one_more = stack.enter_context(following(server, "admin"))
        assert (one_more.status_code, one_more.json()["code"]) == (503, "server-busy")
    for _ in range(600):  # they end a moment after their clients are gone
        with following(server, "uploader") as answer:
            if answer.status_code == 200:
                return
        time.sleep(0.1)
    pytest.fail("those that ended still count")


def test_so_many_requests_of_one_are_answered_at_once(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server(tmp_path / "home", CODEK7_SERVER__REQUESTS_AT_ONCE="2")
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(following(server, "uploader"))
        third, anyone = stack.enter_context(server.client("uploader")), stack.enter_context(server.client())
        refused = third.get("/api/me")
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-requests")
        assert anyone.get("/api/me").status_code == 200, "others are not held"
        assert third.get("/health").status_code == 200, "nor is what machines ask"


def test_the_error_says_when() -> None:
    limits = Limits(1)
    limits.count("me")
    with pytest.raises(TooManyRequests) as refused:
        limits.count("me")
    assert 1 <= refused.value.retry_s <= 60
