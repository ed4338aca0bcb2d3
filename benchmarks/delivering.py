"""What the benchmarks of delivery share: a published presentation, its server, and what a process costs."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import CODEK7

FOLDER = "assets/a5gkzck7nprefz4g/fca629fec8db3de2032038c9"
SEGMENT_S = 6


class Published(NamedTuple):
    """A home whose store holds one presentation of byte ranges, as an ingest publishes it."""

    home: Path
    segments: int

    @property
    def store_url(self) -> str:
        """Of the folder."""
        return (self.home / "store").as_uri()

    def address(self, path: str) -> str:
        """Where players find one of its objects, from `/v/` on."""
        from codek7_server.delivery.tokens import Tokens

        return Tokens.open(self.home).url(f"{FOLDER}/{path}")


def publish(home: Path, segments: int, segment_bytes: int) -> Published:
    """A main playlist, a media playlist, an init section and one object with all segments."""
    folder = home / "store" / FOLDER / "video-0"
    folder.mkdir(parents=True)
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", f"#EXT-X-TARGETDURATION:{SEGMENT_S}", "#EXT-X-PLAYLIST-TYPE:VOD"]
    lines += ["#EXT-X-INDEPENDENT-SEGMENTS", '#EXT-X-MAP:URI="init.mp4"']
    for at in range(segments):
        lines += [
            f"#EXTINF:{SEGMENT_S}.00000,",
            f"#EXT-X-BYTERANGE:{segment_bytes}@{at * segment_bytes}",
            "00000.m4s",
        ]
    (folder / "index.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    rate = segment_bytes * 8 // SEGMENT_S
    main = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH={rate},AVERAGE-BANDWIDTH={rate}\nvideo-0/index.m3u8\n"
    (folder.parent / "main.m3u8").write_text(main)
    source = random.Random(1)  # noqa: S311  # bytes that no compression shortens
    (folder / "init.mp4").write_bytes(source.randbytes(900))
    with (folder / "00000.m4s").open("wb") as out:
        for _ in range(segments):
            out.write(source.randbytes(segment_bytes))
    published = Published(home, segments)
    published.address("main.m3u8")  # makes the first key
    return published


class Server(NamedTuple):
    """A server's process and where it is."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """CPU time of all its threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """The most memory it held."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1000


@contextlib.contextmanager
def serve(published: Published, core: int | None) -> Iterator[Server]:
    """`codek7 serve --role delivery`, on one core where one is named."""
    argv = [
        *pinned(core),
        str(CODEK7),
        "serve",
        "--role",
        "delivery",
        "--home",
        str(published.home),
        "--port",
        "0",
    ]
    argv += ["--store", published.store_url]
    with (published.home / "delivery.log").open("wb") as log:
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    if not url:
        sys.exit((published.home / "delivery.log").read_text())
    try:
        yield Server(url, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def pinned(core: int | None) -> list[str]:
    """What comes before a command that has to stay on one core."""
    return ["taskset", "-c", str(core)] if core is not None else []


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until somebody listens."""
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    sys.exit(f"nobody listens on port {port}")
