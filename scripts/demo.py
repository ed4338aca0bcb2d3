"""`make demo`: a real clip becomes an HLS presentation in .demo/home, and you are told how to play it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scripts.demo_clip import fetch

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / ".demo"
CODEK7 = str(Path(sys.executable).with_name("codek7"))

HOW = """
Published:   {playlist}
As a file:   mpv {playlist}
             (or ffplay, VLC, QuickTime)
Over HTTP:   {python} -m scripts.serve {folder}
             then http://127.0.0.1:8000/{name} in Safari, Chromium, mpv, or any page with hls.js
Prove it:    {codek7} check {playlist}
"""


def ingest(clip: Path, *options: str) -> list[str]:
    return [CODEK7, "ingest", str(clip), "--title", "Big Buck Bunny", "--home", str(DEMO / "home"), *options]


def last_event(clip: Path) -> dict[str, object]:
    """The same ingest again, for a program: its last line says what there is."""
    began = time.monotonic()
    done = subprocess.run(ingest(clip, "--json"), check=True, stdout=subprocess.PIPE, text=True)
    print(f"The same command again took {time.monotonic() - began:.1f} s: nothing is encoded twice.")
    event: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return event


def main() -> int:
    DEMO.mkdir(exist_ok=True)
    try:
        clip = fetch(DEMO)
        subprocess.run(ingest(clip), check=True)
        playlist = Path(unquote(urlsplit(str(last_event(clip)["url"])).path))
    except subprocess.CalledProcessError as failed:
        print(f"the demo stopped: `{' '.join(failed.cmd)}` ended with {failed.returncode}", file=sys.stderr)
        return 1
    here = Path.cwd()
    if playlist.is_relative_to(here):
        playlist = playlist.relative_to(here)
    tools = {
        name: str(Path(tool).relative_to(here) if Path(tool).is_relative_to(here) else tool)
        for name, tool in (("python", sys.executable), ("codek7", CODEK7))
    }
    print(HOW.format(playlist=playlist, folder=playlist.parent, name=playlist.name, **tools))
    return 0


if __name__ == "__main__":
    sys.exit(main())
