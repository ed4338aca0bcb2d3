"""Where bytes pass through the process: no more of them than there is a budget for, however many wait."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from codek7.core.errors import StoreUnavailable
from codek7_server.delivery.sending import BUDGET_BYTES, CHUNK_BYTES, LEAST_BYTES, Budget
from tests.server.delivery.conftest import FOLDER, Place, make_place

BIG = bytes(range(256)) * 32_768  # 8 MiB
STALLED = 100


class Client:
    """Takes what it is sent once it is told to; leaves when told so."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.left = asyncio.Event()
        self.waiting_bytes = 0
        self.got: list[bytes] = []
        self.ended = False

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        """As a server's: one message is in its buffer, so the next has to wait."""
        body = message.get("body", b"")
        self.waiting_bytes += len(body)
        if self.got:
            await self.go_on.wait()
        self.got.append(body)
        self.ended = message["type"] == "http.response.body" and not message["more_body"]


def scope(place: Place) -> dict[str, Any]:
    path = place.url("big.m4s")
    return {
        "type": "http",
        "scheme": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
    }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A store that has no files."""
    place = make_place(f"memory://{tmp_path.name}", tmp_path)
    place.store.put(f"{FOLDER}/big.m4s", BIG)
    return place


def test_clients_that_stall_share_a_budget(place: Place) -> None:
    async def run() -> int:
        clients = [Client() for _ in range(STALLED)]
        deliver: Any = place.delivery
        asked = [deliver(scope(place), each.receive, each.send) for each in clients]
        sending = asyncio.gather(*asked)
        while not all(each.waiting_bytes for each in clients):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        waiting = sum(each.waiting_bytes for each in clients)
        for each in clients[:50]:
            each.left.set()
        for each in clients:
            each.go_on.set()
        await sending
        assert all(b"".join(each.got) == BIG for each in clients[50:])
        assert all(each.ended for each in clients)
        return waiting

    assert asyncio.run(run()) <= BUDGET_BYTES + STALLED * 2 * LEAST_BYTES


def test_a_budget_gives_most_while_there_is_most() -> None:
    budget = Budget()
    assert budget.take(CHUNK_BYTES) == CHUNK_BYTES
    taken = [CHUNK_BYTES, *(budget.take(CHUNK_BYTES) for _ in range(1000))]
    assert taken == sorted(taken, reverse=True)
    assert taken[-1] == LEAST_BYTES, "little, and never nothing"
    for each in taken:
        budget.give(each)
    assert budget.free_bytes == BUDGET_BYTES


def test_an_answer_that_fails_half_way_has_no_end(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the server cuts the connection, and the client knows that something is missing."""
    get = place.store.get

    def failing(key: str, start: int = 0, length: int | None = None) -> bytes:
        if start:
            raise StoreUnavailable("gone")
        return get(key, start, length)

    monkeypatch.setattr(place.store, "get", failing)

    async def run() -> Client:
        client = Client()
        client.go_on.set()
        deliver: Any = place.delivery
        await deliver(scope(place), client.receive, client.send)
        return client

    client = asyncio.run(run())
    assert len(b"".join(client.got)) < len(BIG)
    assert not client.ended
