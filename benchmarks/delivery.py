"""Delivery against nginx: requests a second and CPU for each, on one core, tokens verified.

    python -m benchmarks.delivery

A playlist of 1.3 kB on 32 connections, and a segment of 2 MiB on 16. The rival is nginx serving the same
files without any check. `codek7` is `codek7 serve --role delivery`, `nginx, ours` the configuration that
`codek7 nginx` prints. Servers are on core 0, wrk is on core 1; turns alternate and the best of each counts.
Needs nginx and wrk. Other work on the machine shows first in requests a second, hardly in CPU.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.delivering import FOLDER, Published, Server, free_port, pinned, publish, serve, wait_for
from benchmarks.measuring import CODEK7, machine

ROUNDS, TURN_S = 4, 2
SEGMENT_BYTES = 2 << 20
SERVERS, CLIENT = 0, 1
WANTED = {
    ("codek7", "playlist"): 0.20, ("codek7", "media"): 0.70,
    ("nginx, ours", "playlist"): 0.85, ("nginx, ours", "media"): 0.85,
}  # fmt: skip


class Target(NamedTuple):
    """What is measured: a server, an object, and how many ask."""

    name: str
    kind: str
    server: Server
    path: str
    connections: int


class Turn(NamedTuple):
    """What came of asking for a while."""

    per_s: float
    cpu_us: float


@contextlib.contextmanager
def nginx(published: Published) -> Iterator[tuple[Server, Server]]:
    """One worker; the plain server and the generated one."""
    folder, plain, ours = published.home / "nginx", free_port(), free_port()
    folder.mkdir()
    home = ["--home", str(published.home)]
    printed = subprocess.run(
        [str(CODEK7), "nginx", *home, "--listen", f"127.0.0.1:{ours}"],
        capture_output=True,
        text=True,
        check=True,
    )
    (folder / "codek7.conf").write_text(printed.stdout)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pcre_jit on; pid {folder}/pid; events {{}}\n"
        "http { access_log off; keepalive_requests 100000000; sendfile on; tcp_nopush on;\n"
        f"server {{ listen 127.0.0.1:{plain}; root {published.home}/store;\n"
        "types { application/vnd.apple.mpegurl m3u8; video/iso.segment m4s; } }\n"
        f"include {folder}/codek7.conf; }}\n"
    )
    argv = [*pinned(SERVERS), found("nginx"), "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf"]
    with subprocess.Popen(argv) as process:
        try:
            wait_for(ours)
            yield (
                Server(f"http://127.0.0.1:{plain}", process.pid),
                Server(f"http://127.0.0.1:{ours}", process.pid),
            )
        finally:
            process.terminate()


def found(program: str) -> str:
    """A program's path."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    return path or sys.exit(f"{program} is needed: apt-get install {program}")


def turn(target: Target) -> Turn:
    """Ask for `TURN_S` seconds."""
    argv = [*pinned(CLIENT), found("wrk"), "-t1", f"-c{target.connections}", f"-d{TURN_S}s"]
    before = target.server.cpu_s()
    said = subprocess.run(
        [*argv, target.server.url + target.path], capture_output=True, text=True, check=True
    ).stdout
    cpu_s = target.server.cpu_s() - before
    asked = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", said)
    if asked is None or rate is None or "Non-2xx" in said or "Socket errors" in said:
        sys.exit(f"{target.name}: {said}")
    return Turn(float(rate[1]), cpu_s / int(asked[1]) * 1e6)


def targets(published: Published, plain: Server, ours: Server, codek7: Server) -> list[Target]:
    """Rival first."""
    every = []
    for kind, path, connections in (
        ("playlist", "video-0/index.m3u8", 32),
        ("media", "video-0/00000.m4s", 16),
    ):
        signed = published.address(path)
        every += [
            Target("nginx", kind, plain, f"/{FOLDER}/{path}", connections),
            Target("nginx, ours", kind, ours, signed, connections),
            Target("codek7", kind, codek7, signed, connections),
        ]
    return every


def main() -> None:
    """Measure and print."""
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        published = publish(Path(name) / "home", 1, SEGMENT_BYTES)
        playlist = published.home / "store" / FOLDER / "video-0" / "index.m3u8"
        playlist.write_text(playlist.read_text() + "# as long as one of forty segments\n" * 32)
        with nginx(published) as (plain, ours), serve(published, SERVERS) as codek7:
            every = targets(published, plain, ours, codek7)
            turns: dict[Target, list[Turn]] = {each: [] for each in every}
            for _ in range(ROUNDS):
                for each in every:
                    turns[each].append(turn(each))
    best = {each: Turn(max(t.per_s for t in ts), min(t.cpu_us for t in ts)) for each, ts in turns.items()}
    rivals = {each.kind: best[each] for each in every if each.name == "nginx"}
    for each in every:
        rival, own = rivals[each.kind], best[each]
        wanted = WANTED.get((each.name, each.kind))
        print(
            f"{each.kind:9}{each.name:13}{own.per_s:9.0f} requests/s, {own.per_s / rival.per_s:5.2f} x nginx;"
            f" {own.cpu_us:6.1f} us CPU, {rival.cpu_us / own.cpu_us:5.2f} x nginx"
            + (f" (wanted >= {wanted})" if wanted else "")
        )


if __name__ == "__main__":
    main()
