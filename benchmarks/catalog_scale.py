"""A catalog of a million assets: how soon a server of it answers, and how fast lists and searches are while
it is written to.

    python -m benchmarks.catalog_scale [--assets N] [--home DIR] [--seconds S]

The home is made once (rows straight into DuckDB; the library fills itself from there, as after an upgrade),
and used again where it is there: making one of a million assets takes minutes. The rivals, in the same run
and under the same writes, are the same questions in SQL on the catalog: the newest page, and the text search
as `ILIKE`. An answer that looks at nothing (`/health`) shows what the machine does to any.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import httpx

from codek7.catalog.migrations import SCHEMA
from codek7.catalog.opening import migrate
from codek7.core.edits import Edit
from codek7.core.events import AssetEdited
from codek7.plugins.catalog_duckdb import codek7_open_catalog

OPEN_S, P95_MS = 2.0, 100.0
WRITES_PER_S = 25
"""Edits; each writes a row of the asset and one of the history: 50 rows a second."""
RIVALS = {
    "SQL: newest page": "SELECT * FROM asset WHERE state = 'published' AND visibility = 'public' "
    "ORDER BY created_us DESC LIMIT 24",
    "SQL: text, two filters": "SELECT * FROM asset WHERE (title ILIKE '%{word}%' OR "
    "description ILIKE '%{word}%') AND language = 'en' AND category = '{category}' "
    "ORDER BY created_us DESC LIMIT 24",
}
WORDS, TAGS, CATEGORIES = 30_000, 500, 20
SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo zu bra cle dri flo gru sta ple tri sno mer tan sol fen"


ASSETS = """
    INSERT INTO asset (id, title, description, owner, policy, state, reason, tags, visibility, version,
        playlist, ladder_hash, duration_us, created_us, updated_us, category, language, custom, height)
    SELECT printf('a%015d', i), pick(i, 1) || ' ' || pick(i, 2) || ' ' || pick(i, 3),
        array_to_string([pick(i, 10 + n) FOR n IN range(12)], ' '),
        'owner' || rnd(i, 4, 1000), 'capped', if(rnd(i, 5, 50) = 0, 'failed', 'published'), '',
        ['tag' || rnd(i, 6, 500), 'tag' || rnd(i, 7, 500)],
        if(rnd(i, 8, 10) = 0, 'private', 'public'), 'v' || i,
        printf('assets/a%015d/v%d/main.m3u8', i, i), '', 1000000 * (10 + rnd(i, 9, 7200)),
        1700000000000000 + i * 10000000, 1700000000000000 + i * 10000000, 'category ' || rnd(i, 30, 20),
        ['en', 'de', 'fr', 'es', 'ja', 'pt', 'it', 'nl'][1 + rnd(i, 31, 8)], '{}', 1080
    FROM range($assets) t(i)"""

BESIDE = (
    """INSERT INTO source (asset_id, uri, sha256, size_bytes)
    SELECT id, 'file:///' || id, sha256(id), 1000000 FROM asset""",
    """INSERT INTO job (id, asset_id, state, policy, ladder_hash, started_us, ended_us, error_code,
        error_message)
    SELECT 'j' || id, id, state, policy, '', created_us, created_us + 60000000, '', '' FROM asset""",
    """INSERT INTO version SELECT id, version, true, created_us, 0, playlist, '', '', 2, 1000000, duration_us
    FROM asset""",
    """INSERT INTO rendition (asset_id, version, name, kind, track, language, title, codecs, timescale,
        init_sha256, size_bytes, duration_us, average_bps, peak_bps, segments)
    SELECT id, version, name, 'video', 0, '', '', 'avc1.64001E', 12800, '', 1000000, duration_us, 1000, 2000,
        [{'index': n, key: md5(id || name), 'offset': 0, size_bytes: 100000, duration_ticks: 76800,
          duration_us: 6000000, frames: 150} FOR n IN range(4)]
    FROM asset, (VALUES ('video-0'), ('video-1')) names(name)""",
    """INSERT INTO chunk
    SELECT asset_id, 'j' || asset_id, name, 0, md5(asset_id || name), 100000, 600, 1, 1, '' FROM rendition""",
    """INSERT INTO event (at_us, asset_id, job_id, name, event)
    SELECT created_us, id, 'j' || id, 'asset-published', '{"event":"asset-published"}' FROM asset""",
)


def vocabulary() -> list[str]:
    """Words that look like some, the same in every run."""
    rng = random.Random(7)  # noqa: S311  # no secret
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["".join(rng.choices(SYLLABLES.split(), k=rng.randint(2, 4)))] = None
    return list(found)


def fill(home: Path, assets: int) -> None:
    """Titles of three words, descriptions of twelve, by a law like Zipf's."""
    home.mkdir(parents=True)
    with duckdb.connect(home / "catalog.duckdb") as connection:
        migrate(connection, 0, SCHEMA)
        connection.execute("SET VARIABLE words = ?::VARCHAR[]", [vocabulary()])
        connection.execute(
            "CREATE TEMP MACRO rnd(i, salt, n) AS (hash(1000 * i + salt) // 1048576)::BIGINT % n"
        )
        connection.execute(
            "CREATE TEMP MACRO pick(i, salt) AS getvariable('words')"
            "[1 + floor(len(getvariable('words')) * pow(rnd(i, salt, 1000003) / 1000003.0, 3))::INT]"
        )
        connection.execute(ASSETS, {"assets": assets})
        for rows in BESIDE:
            connection.execute(rows)


class Running:
    """A server of a home, and how long it took until its first list."""

    def __init__(self, home: Path) -> None:
        argv = [sys.executable, "-m", "codek7"]
        key = subprocess.run(
            [*argv, "key", "new", "--role", "admin", "--home", str(home)],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip
        self.log = (home / "server.log").open("ab")
        began = time.monotonic()
        self.process = subprocess.Popen(
            [*argv, "serve", "--home", str(home), "--port", "0"],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, "CODEK7_SERVER__REQUESTS_PER_MINUTE": "0"},
        )  # fmt: skip
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        self.client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120)
        self.anyone = httpx.Client(base_url=url, timeout=120)
        self.anyone.get("/api/assets").raise_for_status()
        self.opened_s = time.monotonic() - began

    def cpu_s(self) -> float:
        """That the server has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


def wait_until_filled(server: Running, assets: int) -> float:
    """Until the oldest asset is listed, and the newest."""
    began = time.monotonic()
    while True:
        found = {
            order: server.client.get("/api/assets", params={"limit": 1, "order": order}).json()["items"]
            for order in ("asc", "desc")
        }
        if found["desc"] and found["desc"][0]["id"] == f"a{assets - 1:015d}":
            return time.monotonic() - began
        time.sleep(0.5)


def write(home: Path, assets: int, over: threading.Event, took: list[float]) -> None:
    """Edits at a steady rate, over the home's socket, as workers and commands write."""
    rng, words = random.Random(1), vocabulary()  # noqa: S311  # no secret
    catalog = codek7_open_catalog(home)
    due = time.monotonic()
    while not over.is_set():
        began = time.monotonic()
        edit = Edit(title=" ".join(rng.choices(words, k=3)))
        catalog.apply("", [AssetEdited(asset_id=f"a{rng.randrange(assets):015d}", edit=edit)])
        took.append(time.monotonic() - began)
        due += 1 / WRITES_PER_S
        time.sleep(max(0.0, due - time.monotonic()))


def questions(rng: random.Random, words: list[str]) -> dict[str, dict[str, object]]:
    """One of each kind: common words and rare ones, as the laws of the texts have it."""

    def some() -> str:
        return words[int(len(words) * rng.random() ** 3)]

    def category() -> str:
        return f"category {rng.randrange(CATEGORIES)}"

    word = some()
    wrong = word[:3] + "x" + word[4:] if len(word) > 5 else word
    return {
        "library page": {},
        "page of a category": {"category": category()},
        "page of a tag, by title": {"tag": f"tag{rng.randrange(TAGS)}", "sort": "title"},
        "all by duration": {"sort": "duration"},
        "text, two filters": {"q": some(), "category": category(), "language": "en"},
        "two words, two filters": {"q": f"{some()} {some()}", "category": category(), "language": "en"},
        "unfinished, two filters": {
            "q": some()[: rng.randint(2, 5)],
            "category": category(),
            "language": "en",
        },
        "misspelt, two filters": {"q": wrong + " ", "category": category(), "language": "en"},
        "text, by title": {"q": some(), "sort": "title"},
    }


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def measure(server: Running, home: Path, assets: int, seconds: float) -> bool:
    """Prints, and says whether all is within the bounds."""
    rng, words = random.Random(2), vocabulary()  # noqa: S311  # no secret
    took: dict[str, list[float]] = {}
    rivals: dict[str, list[float]] = {}
    late: list[float] = []
    over = threading.Event()
    writer = threading.Thread(target=write, args=(home, assets, over, late))
    began, cpu_s = time.monotonic(), server.cpu_s()
    writer.start()
    try:
        while time.monotonic() < began + seconds:
            for kind, params in questions(rng, words).items():
                client = server.anyone if rng.random() < 0.7 else server.client
                took.setdefault(kind, []).append(asked(client, "/api/assets", params))
            one = f"/api/assets/a{rng.randrange(assets):015d}"
            rivals.setdefault("one asset", []).append(asked(server.client, one, {}))
            rivals.setdefault("nothing at all", []).append(asked(server.anyone, "/health", {}))
            for kind, sql in RIVALS.items():
                chosen = sql.format(word=rng.choice(words), category=f"category {rng.randrange(CATEGORIES)}")
                rivals.setdefault(kind, []).append(asked(server.client, "/api/sql", {}, chosen))
            time.sleep(0.02)
    finally:
        over.set()
        writer.join()
    seconds, cpu_s = time.monotonic() - began, server.cpu_s() - cpu_s
    for kind, times in (took | rivals).items():
        p50, p95, worst = statistics.median(times), percentile(times, 0.95), max(times)
        print(f"{kind:28} {len(times):5} times  p50 {p50:7.1f}  p95 {p95:7.1f}  max {worst:7.1f} ms")
    rate = 2 * len(late) / seconds
    print(f"rows written: {rate:.0f} a second, p95 of an edit {1000 * percentile(late, 0.95):.0f} ms")
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"the server took {100 * cpu_s / seconds:.0f} % of a core; load averages {load}")
    return all(percentile(times, 0.95) <= P95_MS for times in took.values()) and rate > 45


def asked(client: httpx.Client, path: str, params: Any, sql: str = "") -> float:
    """Milliseconds until it was answered."""
    began = time.monotonic()
    answer = client.post(path, json={"query": sql}) if sql else client.get(path, params=params)
    answer.raise_for_status()
    return 1000 * (time.monotonic() - began)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--assets", type=int, default=1_000_000)
    options.add_argument("--home", type=Path, help="Where the home is made, or is already; it is kept.")
    options.add_argument("--seconds", type=float, default=30.0)
    given = options.parse_args()
    home = given.home or Path(tempfile.mkdtemp(prefix="codek7-scale-")) / "home"
    try:
        if not (home / "catalog.duckdb").exists():
            began = time.monotonic()
            fill(home, given.assets)
            print(f"{given.assets:,} assets made in {time.monotonic() - began:.1f} s")
        server = Running(home)
        filled_s = wait_until_filled(server, given.assets)
        server.stop()
        if filled_s > 1:
            print(f"the library filled itself in {filled_s:.1f} s")
        server = Running(home)
        print(f"a server of it starts and lists in {server.opened_s:.2f} s (bound {OPEN_S} s)")
        good = measure(server, home, given.assets, given.seconds) and server.opened_s <= OPEN_S
        server.stop()
        size = {name: (home / name).stat().st_size / 1e6 for name in ("catalog.duckdb", "library.db")}
        print(", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in size.items()))
        print("within the bounds" if good else f"NOT within {OPEN_S} s and {P95_MS} ms")
        sys.exit(0 if good else 1)
    finally:
        if given.home is None:
            shutil.rmtree(home.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
