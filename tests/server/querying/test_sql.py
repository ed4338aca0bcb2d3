"""SQL over HTTP: who may, what comes back, and what is refused."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Callable, Iterator

import httpx
import nanoarrow
import pytest
from nanoarrow.ipc import InputStream

from codek7.core.errors import NotReady
from codek7_server.querying.part import Turns
from tests.server.conftest import RunningServer

Ask = Callable[..., httpx.Response]
ARROW = {"Accept": "application/vnd.apache.arrow.stream"}
EVERY_TYPE = """SELECT i, 'text ' || i AS text, [i, NULL] AS list, {'a': i, 'b': ['x']} AS struct,
    TIMESTAMPTZ '2024-01-02 03:04:05+00' AS at, 1.5::DECIMAL(10, 2) AS decimal, DATE '2024-01-02' AS day,
    'happy'::ENUM('sad', 'happy') AS mood, MAP {'k': i} AS map, true AS yes, NULL AS nothing,
    [('sad')::ENUM('sad', 'happy')] AS moods, 'nan'::DOUBLE AS nan FROM range(3000) n (i)"""


@pytest.fixture
def ask(server: RunningServer) -> Iterator[Ask]:
    """Asks as an administrator."""
    with server.client("admin") as admin:
        yield lambda query, headers=None, **more: admin.post(
            "/api/sql", json={"query": query, **more}, headers=headers or {}
        )


def test_rows_as_json(ask: Ask) -> None:
    answer = ask("SELECT 1 AS one, 'x' AS two, NULL AS three")
    assert answer.status_code == 200
    assert answer.json() == {"columns": ["one", "two", "three"], "rows": [[1, "x", None]], "more": False}
    assert ask("SELECT count(*) FROM asset").json()["rows"][0][0] >= 0
    (row,) = ask("SELECT (170141183460469231731687303715884105727)::HUGEINT AS h, 'nan'::DOUBLE").json()[
        "rows"
    ]
    assert row == [1.7014118346046923e38, None]


def test_rows_are_limited_and_it_is_said(ask: Ask) -> None:
    answer = ask("FROM range(100)", limit=10).json()
    assert (len(answer["rows"]), answer["more"]) == (10, True)
    assert ask("FROM range(10)", limit=10).json()["more"] is False
    assert ask("FROM range(10)", limit=0).json() == {"columns": ["range"], "rows": [], "more": True}


def test_rows_as_arrow_keep_their_types(ask: Ask) -> None:
    answer = ask(EVERY_TYPE, ARROW)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == ARROW["Accept"]
    with InputStream.from_readable(io.BytesIO(answer.content)) as stream:
        found = nanoarrow.ArrayStream(stream).read_all()
    kinds = {field.name: str(field.type) for field in found.schema.fields}
    assert kinds["i"].endswith("INT64")
    assert kinds["at"].endswith("TIMESTAMP")
    assert kinds["decimal"].endswith("DECIMAL128")
    assert kinds["mood"].endswith("STRING")
    assert len(found) == 3000
    first = {
        field.name: next(found.child(at).iter_py())
        for at, field in enumerate(found.schema.fields)
        if field.name in ("i", "mood", "struct", "moods")
    }
    assert first == {"i": 0, "mood": "happy", "struct": {"a": 0, "b": ["x"]}, "moods": ["sad"]}


@pytest.mark.parametrize("headers", [None, ARROW])
@pytest.mark.parametrize(("query", "status", "code"), [
    ("nonsense", 400, "query-invalid"),
    ("SELECT 1; SELECT 2", 400, "query-invalid"),
    ("DELETE FROM asset", 400, "query-invalid"),
    ("ATTACH 'x.db'", 400, "query-invalid"),
    ("FROM read_text('/etc/passwd')", 400, "query-invalid"),
    ("FROM '/etc/passwd'", 400, "query-invalid"),
    ("FROM read_csv('https://example.org/x.csv')", 400, "query-invalid"),
    ("FROM glob('*')", 400, "query-invalid"),
    ("COPY asset TO 'x.csv'", 400, "query-invalid"),
    ("SET memory_limit = '1TB'", 400, "query-invalid"),
    ("SELECT getenv('HOME')", 400, "query-invalid"),
    ("FROM accounts", 400, "query-invalid"),
    ("SELECT repeat('x', 20000000) FROM range(10)", 422, "query-too-big"),
    ("SELECT list(i) FROM range(1000000000) n (i)", 422, "query-too-big"),
])  # fmt: skip
def test_what_is_refused(
    ask: Ask, headers: dict[str, str] | None, query: str, status: int, code: str
) -> None:
    answer = ask(query, headers)
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


@pytest.mark.parametrize("role", ["", "viewer", "uploader", "moderator"])
def test_it_is_for_administrators(server: RunningServer, role: str) -> None:
    with server.client(role) as client:
        assert client.post("/api/sql", json={"query": "SELECT 1"}).status_code == (403 if role else 401)


def test_few_run_at_once_and_others_wait() -> None:
    running, most = 0, 0
    lock = threading.Lock()

    def work() -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.005)
        with lock:
            running -= 1
        return 1

    async def many() -> int:
        turns = Turns(2)
        return sum(await asyncio.gather(*(turns.run(work) for _ in range(100))))

    assert asyncio.run(many()) == 100
    assert most == 2


def test_beyond_the_queue_nobody_waits() -> None:
    go_on = threading.Event()

    async def many() -> None:
        turns = Turns(1, most_waiting=3)
        waiting = [asyncio.create_task(turns.run(lambda: go_on.wait(20))) for _ in range(4)]
        await asyncio.sleep(0.05)
        with pytest.raises(NotReady):
            await turns.run(lambda: True)
        go_on.set()
        assert all(await asyncio.gather(*waiting))

    asyncio.run(many())
