"""Real servers for tests: nginx with the generated configuration, and `codek7 serve --role delivery`."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.test_setup import PLACES
from tests.servers import free_port, running

PATIENCE_S = 60


class Alone(NamedTuple):
    """A delivery server, by its process."""

    url: str
    process: subprocess.Popen[str]

    @property
    def memory_bytes(self) -> int:
        """What it holds in memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def serve_alone(home: Path, store_url: str, *flags: str, **environ: str) -> Iterator[Alone]:
    """`codek7 serve --role delivery`, until the end of the block; it must end well."""
    argv = [sys.executable, "-m", "codek7", "serve", "--role", "delivery", "--store", store_url]
    with (home / "delivery.log").open("ab") as log:
        process = subprocess.Popen(
            [*argv, "--home", str(home), "--port", "0", *flags],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **environ},
        )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url, (home / "delivery.log").read_text()
    try:
        yield Alone(url, process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        process.stdout.close()


def nginx_program() -> str:
    """The real nginx."""
    found = shutil.which("nginx", path=PLACES)
    assert found is not None, "run `make test-setup`"
    return found


@contextlib.contextmanager
def run_nginx(folder: Path, configuration: str, port: int) -> Iterator[str]:
    """nginx with a generated configuration that listens on this port; yields its address."""
    (folder / "codek7.conf").write_text(configuration)
    main = folder / "nginx.conf"
    temporary = "".join(
        f"    {name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main.write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        "events {}\n"
        f"http {{\n    access_log off;\n{temporary}    include {folder}/codek7.conf;\n}}\n"
    )
    argv = [nginx_program(), "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(main)]
    with running(argv, port, folder / "nginx.log"):
        yield f"http://127.0.0.1:{port}"


__all__ = ["Alone", "free_port", "nginx_program", "run_nginx", "serve_alone"]
