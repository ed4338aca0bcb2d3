"""Presentations published for tests, and a static host that serves them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from codek7.core.events import AssetPublished, Event, LadderPlanned
from codek7.core.values import to_json
from codek7.hub import Hub
from codek7.jobs import Job, ingest_source
from scripts.serve import RangeHandler


class Published(NamedTuple):
    """A presentation: its folder, the address of its main playlist, and the events that led to it."""

    folder: Path
    url: str
    events: tuple[Event, ...]

    @property
    def main(self) -> Path:
        """The main playlist's file."""
        return self.folder / "main.m3u8"

    @property
    def seconds(self) -> float:
        """How long it was planned to last."""
        return next(e.duration_us for e in self.events if isinstance(e, LadderPlanned)) / 1_000_000


class Host(NamedTuple):
    """A folder, served with byte ranges and nothing else."""

    folder: Path
    url: str

    def url_of(self, path: Path) -> str:
        """The address of a file in the folder."""
        return f"{self.url}/{path.relative_to(self.folder).as_posix()}"


class QuietHandler(RangeHandler):
    """Says nothing on standard error, and caches nothing: a preview's playlists change."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The static host that all homes of this run are on."""
    folder = tmp_path_factory.mktemp("host")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield Host(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


StartJob = Callable[..., AbstractContextManager[Job]]
Publish = Callable[..., Published]


@pytest.fixture(scope="session")
def start_job(host: Host) -> StartJob:
    """`start_job(home, source, preview=True)`: the events of a job on the host, for whoever follows it."""

    @contextmanager
    def start_job(home: str, source: Path, **how: Any) -> Iterator[Job]:
        with (
            Hub.open(host.folder / home, environ={}) as hub,
            closing(ingest_source(hub, str(source), **how)) as it,
        ):
            yield it

    return start_job


@pytest.fixture(scope="session")
def publish(host: Host, start_job: StartJob) -> Publish:
    """`publish(home, source, ladder=…)`: what comes of it, made once for each home."""
    done: dict[str, Published] = {}

    def publish(home: str, source: Path, **how: Any) -> Published:
        if home not in done:
            with start_job(home, source, **how) as events:
                happened = tuple(events)
            ending = happened[-1]
            assert isinstance(ending, AssetPublished), to_json(ending)
            main = host.folder / home / "store" / ending.playlist
            done[home] = Published(main.parent, host.url_of(main), happened)
        return done[home]

    return publish
