"""A real server of a home of its own, with a key for each role; one for the whole run.

`server` is for tests that leave it as they found it but for assets of their own. Those that end it, or need
other settings, start one of theirs with `start_server`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

import httpx
import pytest

from codek7_server.access.accounts import Accounts
from codek7_server.access.keys import new_key
from codek7_server.identity import RANK

START_S = 60
ROLES = tuple(reversed(RANK))


class RunningServer(NamedTuple):
    """Where it answers, and how to be let in: `keys` by role. What it logs is in HOME/server.log."""

    url: str
    home: Path
    keys: Mapping[str, str]
    process: subprocess.Popen[str]

    def client(self, role: str = "", **options: object) -> httpx.Client:
        """A client with the role's key; without a role, with none."""
        headers = {"Authorization": f"Bearer {self.keys[role]}"} if role else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **options)  # type: ignore[arg-type]  # httpx checks them

    def stop(self) -> int:
        """SIGTERM, as a service manager sends it. The exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def log(self) -> str:
        """Everything it said so far."""
        return (self.home / "server.log").read_text(errors="replace")


class StartServer(Protocol):
    """`start_server(home, CODEK7_SERVER__JOBS="1")`: settings are environment variables."""

    def __call__(self, home: Path, *flags: str, **environ: str) -> RunningServer: ...


def codek7(*arguments: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "codek7", *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def start(home: Path, *flags: str, keys: Mapping[str, str] | None = None, **environ: str) -> RunningServer:
    """Begins to run a server; returns when it listens. `keys`: those of a server that the home had before."""
    home.mkdir(parents=True, exist_ok=True)
    if keys is None:
        with closing(Accounts.open(home)) as accounts:
            keys = {role: new_key(accounts, role=role, name="", owner="")[0] for role in ROLES}
    argv = [sys.executable, "-m", "codek7", "serve", "--home", str(home), "--port", "0", *flags]
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
            env={**os.environ, **environ}, start_new_session=True,
        )  # fmt: skip
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    server = RunningServer(url, home, keys, process)
    if not url:
        process.wait(START_S)
        raise AssertionError(f"the server did not start: {server.log()}")
    return server


@pytest.fixture(scope="session")
def server(
    no_settings_from_outside: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """The server that tests share."""
    running = start(tmp_path_factory.mktemp("server") / "home")
    try:
        yield running
    finally:
        running.process.terminate()
        running.process.wait(60)


@pytest.fixture
def start_server(no_settings_from_outside: None) -> Iterator[StartServer]:
    """Starts servers of the test's own, ended with it."""
    started: list[RunningServer] = []

    def start_server(home: Path, *flags: str, **environ: str) -> RunningServer:
        started.append(start(home, *flags, keys=None, **environ))
        return started[-1]

    yield start_server
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()
