"""1,000 queries over HTTP while the server encodes: none fails, and no viewer has to wait.

    python -m benchmarks.sql_over_http [--queries N] [--at-once N]

A viewer fetches a playlist and a segment up to ten times a second. Its waiting times are compared, in
the same run, between the time in which the server only encodes and that in which it is also asked.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import httpx

from benchmarks.measuring import CODEK7, looped, machine, media

QUERIES = (
    "SELECT count(*) FROM asset",
    "SELECT state, count(*) AS jobs FROM job GROUP BY ALL",
    "SELECT name, event, at_us FROM event ORDER BY id DESC LIMIT 200",
    "SELECT rendition, count(*), sum(size_bytes), sum(cpu_us) / 1e6 AS cpu_s FROM chunk GROUP BY ALL",
    "FROM rendition SELECT name, codecs, average_bps, peak_bps, len(segments) ORDER BY peak_bps",
    "SELECT a.title, j.state FROM asset a JOIN job j ON j.asset_id = a.id LIMIT 50",
)
ARROW = "application/vnd.apache.arrow.stream"
MOST_MS = 100.0
"""What 95 of 100 requests of a viewer may take: a sixtieth of what a segment plays for."""


class Served(NamedTuple):
    """A running server, and an administrator's key."""

    url: str
    key: str

    def client(self) -> httpx.Client:
        """A client with the key."""
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=90)


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """A server of its own, on any free port."""
    made = subprocess.run(
        [CODEK7, "key", "new", "--role", "admin", "--home", home], capture_output=True, text=True, check=True
    )
    environ = {**os.environ, "CODEK7_SERVER__REQUESTS_PER_MINUTE": "0", "CODEK7_LOG": "ERROR"}
    server = subprocess.Popen(
        [CODEK7, "serve", "--home", home, "--port", "0"], stdout=subprocess.PIPE, text=True, env=environ
    )
    try:
        assert server.stdout is not None
        yield Served(server.stdout.readline().strip(), made.stdout.strip())
    finally:
        server.terminate()
        server.wait(30)


def upload(client: httpx.Client, clip: Path) -> str:
    """The id of a new asset."""
    with clip.open("rb") as file:
        answer = client.post("/api/assets", files={"file": (clip.name, file)}, data={"visibility": "public"})
    return str(answer.raise_for_status().json()["asset"])


def state(client: httpx.Client, asset: str) -> str:
    """Of an asset."""
    return str(client.get(f"/api/assets/{asset}").raise_for_status().json()["state"])


def media_of(client: httpx.Client, asset: str) -> list[str]:
    """A media playlist of an asset that is published, and what it lists."""
    main = str(client.get(f"/api/assets/{asset}/playback").raise_for_status().json()["playlist"])
    main = urljoin(str(client.base_url), main)
    variant = next(line for line in client.get(main).text.splitlines() if line and not line.startswith("#"))
    playlist = urljoin(main, variant)
    listed = (line for line in client.get(playlist).text.splitlines() if line and not line.startswith("#"))
    return [playlist, urljoin(playlist, next(listed))]


def watch(urls: list[str], seen: Connection) -> None:
    """A viewer, in a process of its own: whenever something comes in on `seen`, what it saw since (the
    milliseconds that each request took, and how many failed) goes back."""
    took_ms: list[float] = []
    failed = 0
    with httpx.Client(timeout=30) as client:
        for url in cycle(urls):
            if seen.poll(0.05):
                seen.recv()
                seen.send((took_ms, failed))
                took_ms, failed = [], 0
            began = time.perf_counter()
            answer = client.get(url, headers={"Range": "bytes=0-500000"})
            took_ms.append((time.perf_counter() - began) * 1000)
            failed += answer.status_code not in (200, 206)


@contextmanager
def watching(urls: list[str]) -> Iterator[Callable[[], tuple[list[float], int]]]:
    """A viewer; asked, it says what it saw since it was asked last."""
    ours, its = Pipe()
    viewer = Process(target=watch, args=(urls, its), daemon=True)
    viewer.start()

    def saw() -> tuple[list[float], int]:
        ours.send(None)
        told: tuple[list[float], int] = ours.recv()
        return told

    yield saw
    viewer.terminate()


def ask_all(served: Served, queries: int, at_once: int) -> tuple[Counter[int], float]:
    """How often each status came, and the seconds in all. Every third answer is asked for in Arrow."""
    mine = threading.local()

    def ask(number: int) -> int:
        if not hasattr(mine, "client"):
            mine.client = served.client()
        accept = ARROW if number % 3 == 0 else "application/json"
        query = {"query": QUERIES[number % len(QUERIES)]}
        client: httpx.Client = mine.client
        return client.post("/api/sql", json=query, headers={"Accept": accept}).status_code

    began = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        statuses = Counter(pool.map(ask, range(queries)))
    return statuses, time.monotonic() - began


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[18]


def measure(folder: Path, queries: int, at_once: int) -> bool:
    """Print what came of it; whether it is within bounds."""
    clip = media() / "bbb_480p_30s.mp4"
    with serving(folder / "home") as served, served.client() as client:
        first = upload(client, clip)
        while state(client, first) != "published":
            time.sleep(0.2)
        second = upload(client, looped(clip, 6, folder))
        while state(client, second) == "queued":
            time.sleep(0.1)
        with watching(media_of(client, first)) as saw:
            saw()
            time.sleep(10)
            alone, failed_alone = saw()
            statuses, seconds = ask_all(served, queries, at_once)
            asked, failed = saw()
        still, failed = state(client, second), failed + failed_alone
    before, during = p95(alone), p95(asked)
    print(machine())
    print(
        f"{queries} queries, {at_once} at once: {seconds:.1f} s, {queries / seconds:.0f} a second; "
        f"answers by status: {dict(statuses)}"
    )
    print(f"the ingest meanwhile: {still}")
    print(f"a viewer's requests, 95th percentile: {before:.1f} ms without, {during:.1f} ms with queries")
    print(f"ratio {during / before:.2f}; at most {MOST_MS:g} ms; {failed} failed")
    fast = during <= MOST_MS
    return set(statuses) == {200} and not failed and fast and still == "working"


def main() -> None:
    """Exits with 1 where a number is out of bounds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="codek7-") as folder:
        sys.exit(0 if measure(Path(folder), given.queries, given.at_once) else 1)


if __name__ == "__main__":
    main()
