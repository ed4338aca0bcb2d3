"""Real S3 servers of this machine, started when a test first asks for one and ended with the run.

rclone checks signatures and keeps real files; moto does what S3 does with ranges, listings and parts. `Flaky`
stands in front of one and breaks what a test tells it to.
"""

from __future__ import annotations

import contextlib
import http.client
import http.server
import random
import secrets
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

BUCKET = "codek7-tests"
KEY, SECRET = "AKIDCODEK7TESTS00001", "not-a-real-secret/0123456789abcdefghijklm"
START_S = 60
UNGIVEN = (20_000, 32_000)
"""Below the ports that systems give to whoever asks for any."""


class S3Server(NamedTuple):
    """Where a server is, and how to be let in."""

    endpoint_url: str

    @property
    def options(self) -> dict[str, str]:
        """For `codek7_open_store`."""
        return {"endpoint_url": self.endpoint_url, "key": KEY, "secret": SECRET}

    def new_url(self) -> str:
        """An empty place in the bucket."""
        return f"s3://{BUCKET}/{secrets.token_hex(8)}"


def free_port() -> int:
    """A port that nobody listens on now, and that the system gives to nobody by itself: neither to who binds
    port 0 nor to who connects to somewhere, while the server that it is for has yet to start, or to come
    back."""
    while True:
        port = random.randrange(*UNGIVEN)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def running(argv: list[str], port: int, log: Path, env: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run a server until the end of the block; begins when it accepts connections."""
    with log.open("ab") as out:
        server = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env)
    try:
        deadline = time.monotonic() + START_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            assert server.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < deadline, f"{argv[0]} did not start"
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextlib.contextmanager
def run_rclone(folder: Path, port: int) -> Iterator[S3Server]:
    """`rclone serve s3` over a folder, on a port that is free."""
    (folder / "objects" / BUCKET).mkdir(parents=True, exist_ok=True)
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    argv = [str(program), "serve", "s3", "--addr", f"127.0.0.1:{port}", "--config", str(folder / "none.conf")]
    argv += ["--auth-key", f"{KEY},{SECRET}", "--no-cleanup", str(folder / "objects")]
    with running([*argv], port, folder / "log"):
        yield S3Server(f"http://127.0.0.1:{port}")


@pytest.fixture(scope="session")
def no_aws_settings_from_outside() -> Iterator[None]:
    """Credentials, regions and endpoints of whoever runs the tests reach no test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "PROFILE",
            "REGION",
            "DEFAULT_REGION",
            "ENDPOINT_URL",
            "ENDPOINT_URL_S3",
            "SESSION_TOKEN",
        ):
            patch.delenv(f"AWS_{name}", raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def rclone_s3(
    no_aws_settings_from_outside: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[S3Server]:
    """`rclone serve s3`, with the bucket `BUCKET`."""
    with run_rclone(tmp_path_factory.mktemp("rclone"), free_port()) as server:
        yield server


@pytest.fixture(scope="session")
def moto_s3(
    no_aws_settings_from_outside: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[S3Server]:
    """`moto_server`, with the bucket `BUCKET`."""
    port = free_port()
    argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(argv, port, tmp_path_factory.mktemp("moto") / "log"):
        made = http.client.HTTPConnection("127.0.0.1", port)
        made.request("PUT", f"/{BUCKET}")
        assert made.getresponse().status == 200
        made.close()
        yield S3Server(f"http://127.0.0.1:{port}")


class Asked(NamedTuple):
    """A request as it passed."""

    method: str
    path: str
    headers: Mapping[str, str]


class Fault(NamedTuple):
    """What to answer instead: a status and a body. With `cut` the real answer, its body cut after so many
    bytes."""

    status: int = 0
    body: bytes = b""
    cut: int | None = None


class Flaky:
    """A proxy before a server. `fault` decides on each request; `asked` keeps them all."""

    def __init__(self, behind: str) -> None:
        self.behind = urlsplit(behind)
        self.fault: Callable[[Asked], Fault | None] = lambda _: None
        self.asked: list[Asked] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _passing(self))
        self._server.daemon_threads = True

    @property
    def endpoint_url(self) -> str:
        """Where the proxy listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextlib.contextmanager
    def running(self) -> Iterator[Flaky]:
        """Listens until the end of the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()


def _passing(flaky: Flaky) -> type[http.server.BaseHTTPRequestHandler]:
    class Passing(http.server.BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, self.path, dict(self.headers))
            flaky.asked.append(asked)
            fault = flaky.fault(asked)
            if fault is not None and fault.cut is None:
                self.answer(fault.status, {"Content-Type": "application/xml"}, fault.body)
                return
            behind = http.client.HTTPConnection(flaky.behind.netloc, timeout=60)
            try:
                behind.request(self.command, self.path, body, dict(self.headers))
                came = behind.getresponse()
                self.answer(came.status, dict(came.getheaders()), came.read(), fault.cut if fault else None)
            finally:
                behind.close()

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on

        def answer(self, status: int, headers: dict[str, str], body: bytes, cut: int | None = None) -> None:
            self.send_response(status)
            length = headers.get("Content-Length", str(len(body))) if self.command == "HEAD" else len(body)
            for name, value in headers.items():
                if name.lower() not in (
                    "content-length",
                    "transfer-encoding",
                    "connection",
                    "date",
                    "server",
                ):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body if cut is None else body[:cut])

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    return Passing


@pytest.fixture
def flaky_s3(moto_s3: S3Server) -> Iterator[Flaky]:
    """moto behind a proxy that can be told to fail."""
    with Flaky(moto_s3.endpoint_url).running() as flaky:
        yield flaky
