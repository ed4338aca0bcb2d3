"""Many players at once, in real time: playlists, init section, then a segment whenever one has been played.

    python -m benchmarks.players [PLAYERS] [SECONDS]

Each has a connection of its own, fills a buffer of two segments, and then asks for the next in the rhythm of
the presentation: segments of 6 s at 800 kb/s. An answer that is not what was asked for is an error; a segment
that comes after its buffer ran dry is a stall. The server has no core of its own: players run beside it.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from benchmarks.delivering import SEGMENT_S, Published, publish, serve
from benchmarks.measuring import machine

SEGMENT_BYTES = 600_000
SEGMENTS = 40
BUFFERED = 2
SETTLE_S = 5
"""Players come within so long, not all in one moment."""
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_RANGE = re.compile(r"#EXT-X-BYTERANGE:(\d+)@(\d+)\n(\S+)")


class Seen(NamedTuple):
    """What a player went through."""

    waits_s: list[float]
    stalls: int
    error: str = ""


class Connection:
    """HTTP/1.1, kept alive."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def get(self, path: str, span: tuple[int, int] | None = None) -> bytes:
        """A body. Raises `ValueError` for any answer but the right one."""
        asked = f"Range: bytes={span[0]}-{span[0] + span[1] - 1}\r\n" if span else ""
        self._writer.write(f"GET {path} HTTP/1.1\r\nHost: players\r\n{asked}\r\n".encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 206" if span else b"HTTP/1.1 200") or length is None:
            raise ValueError(head.decode(errors="replace").splitlines()[0])
        if span and int(length[1]) != span[1]:
            raise ValueError(f"{length[1].decode()} bytes in the place of {span[1]}")
        return await self._reader.readexactly(int(length[1]))

    def close(self) -> None:
        """Leave."""
        self._writer.close()


async def play(url: str, main: str, until: float, delay_s: float) -> Seen:
    """One player, from the main playlist on."""
    await asyncio.sleep(delay_s)
    waits: list[float] = []
    stalls = 0
    parts = urlsplit(url)
    try:
        connection = Connection(*await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 20))
        folder = main.rpartition("/")[0]
        assert b"video-0/index.m3u8" in await connection.get(main)
        playlist = (await connection.get(f"{folder}/video-0/index.m3u8")).decode()
        await connection.get(f"{folder}/video-0/init.mp4")
        begun = time.monotonic()
        for number, found in enumerate(_RANGE.finditer(playlist)):
            due = begun + max(0, number - BUFFERED) * SEGMENT_S
            if due > until:
                break
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            asked = time.monotonic()
            await connection.get(f"{folder}/video-0/{found[3]}", (int(found[2]), int(found[1])))
            waits.append(time.monotonic() - asked)
            stalls += time.monotonic() > due + BUFFERED * SEGMENT_S
        connection.close()
    except (OSError, ValueError, EOFError, AssertionError) as error:
        return Seen(waits, stalls, repr(error))
    return Seen(waits, stalls)


async def watch(published: Published, url: str, players: int, seconds: float) -> list[Seen]:
    """All players, for so long."""
    main, until = published.address("main.m3u8"), time.monotonic() + seconds
    delays = [random.random() * SETTLE_S for _ in range(players)]  # noqa: S311  # not for secrets
    return await asyncio.gather(*(play(url, main, until, delay_s) for delay_s in delays))


def main() -> None:
    """Simulate and print."""
    players, seconds = (
        (int(sys.argv[1]) if sys.argv[1:] else 1000),
        float(sys.argv[2] if sys.argv[2:] else 30),
    )
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        published = publish(Path(name) / "home", SEGMENTS, SEGMENT_BYTES)
        with serve(published, None) as server:
            before = server.peak_mb()
            seen = asyncio.run(watch(published, server.url, players, seconds))
            cpu_s, peak_mb = server.cpu_s(), server.peak_mb()
    waits = sorted(wait for each in seen for wait in each.waits_s)
    errors = [each.error for each in seen if each.error]
    size_gb = len(waits) * SEGMENT_BYTES / 1e9
    print(f"{players} players, {seconds:.0f} s: {len(waits)} segments, {size_gb:.1f} GB")
    print(f"  errors {len(errors)} (wanted 0) {errors[:1]}, stalls {sum(each.stalls for each in seen)}")
    at = [waits[min(len(waits) - 1, int(len(waits) * share))] * 1000 for share in (0.5, 0.95, 0.99)]
    print(f"  a segment takes {at[0]:.0f} ms, 95 % within {at[1]:.0f} ms, 99 % within {at[2]:.0f} ms")
    print(f"  server: {cpu_s:.1f} s CPU, {peak_mb:.0f} MB at most, {before:.0f} MB at the start")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
