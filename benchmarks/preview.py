"""How soon an upload can be watched while the server encodes it, as a share of the whole encode.

    python -m benchmarks.preview [--seconds 360] [--height 1080] [--clip CLIP]

A server takes in a clip, looped and scaled to the size asked for. From the moment its worker starts, it is
measured when the preview's playlists and first segments can be read, and when the whole asset is published.
The rival is the encode itself: whoever has no preview waits for all of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from benchmarks.measuring import machine, media
from benchmarks.sql_over_http import serving
from codek7.ffmpeg.program import find_ffmpeg

WANTED = 0.05
CLIP = "bbb_480p_30s.mp4"


class Measured(NamedTuple):
    """Seconds from the worker's start, and how far the job said it was when the preview came."""

    playable_s: float
    published_s: float
    progress: float
    tail_s: float


def source(clip: Path, seconds: int, height: int, folder: Path) -> Path:
    """The clip over and over, in the size asked for; quick to make, so that it is the encode that counts."""
    path = folder / "source.mp4"
    argv = [
        find_ffmpeg().path, "-v", "error", "-stream_loop", "-1", "-i", str(clip), "-t", str(seconds),
        "-vf", f"scale=-2:{height}", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20",
        "-c:a", "aac", str(path),
    ]  # fmt: skip
    subprocess.run(argv, check=True)
    return path


def events(client: httpx.Client, asset: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What happens to the asset, from its beginning on: name and data."""
    asked = {"asset_id": asset}
    with client.stream("GET", "/api/events", params=asked, headers={"Last-Event-ID": "0"}, timeout=None) as r:
        for line in r.iter_lines():
            if line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
                yield data["name"], data


def playable(home: Path, playlist: str) -> bool:
    """Whether the playlist, every playlist it names, and the first object of each can be read."""
    main = home / "store" / playlist
    named = [line for line in main.read_text().splitlines() if line and not line.startswith("#")]
    lists = [main.parent / name for name in named]
    return bool(lists) and all(
        (each.parent / line).is_file()
        for each in lists
        for line in each.read_text().splitlines()
        if line and not line.startswith("#")
    )


def measure(client: httpx.Client, home: Path, clip: Path) -> Measured:
    """Upload the clip, and wait."""
    with clip.open("rb") as file:
        answer = client.post("/api/assets", files={"file": (clip.name, file, "video/mp4")}, timeout=600)
    answer.raise_for_status()
    started = playable_s = progress = last = 0.0
    for name, data in events(client, answer.json()["asset"]):
        event, now = data["event"], data["at_us"] / 1e6
        if name == "job-started":
            started = now
        elif name == "job-progressed" and not playable_s:
            progress = event["progress"]
        elif name == "preview-published":
            if not playable(home, event["playlist"]):
                sys.exit("the preview was announced before it could be played")
            playable_s = now - started
        elif name in ("chunk-encoded", "attempt-ended"):
            last = now
        elif name == "asset-published":
            return Measured(playable_s, now - started, progress, now - last)
        elif name == "error":
            sys.exit(event["message"])
    sys.exit("the server ended")


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=360)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--clip", default=CLIP, help="in the folder of real clips")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = source(media() / given.clip, given.seconds, given.height, folder)
        began = time.monotonic()
        with serving(folder / "home") as served, served.client() as client:
            found = measure(client, folder / "home", clip)
        took_s = time.monotonic() - began
    print(machine())
    print(f"source: {given.seconds} s of {given.clip}, {given.height} lines; all of it took {took_s:.0f} s")
    print(f"published after {found.published_s:.1f} s, {found.tail_s:.1f} s of them after the last encode")
    share = found.playable_s / found.published_s
    print(f"playable after {found.playable_s:.1f} s, at {found.progress:.0%}")
    print(f"{share:.3f} of the whole encode (wanted: at most {WANTED} for 360 s in 1080 lines)")


if __name__ == "__main__":
    main()
