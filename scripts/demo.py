"""`make demo`: a real clip becomes an HLS presentation in .demo/home, and you are told how to play it."""

from __future__ import annotations

import subprocess
import sys
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


def ingest(clip: Path) -> Path:
    """Publish the clip; bars and sizes go to the screen, the main playlist's address comes back."""
    command = [CODEK7, "ingest", str(clip), "--title", "Big Buck Bunny", "--home", str(DEMO / "home")]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Path(unquote(urlsplit(done.stdout.strip()).path))


def short(path: Path | str) -> Path:
    """As a person here would type it."""
    return Path(path).relative_to(Path.cwd()) if Path(path).is_relative_to(Path.cwd()) else Path(path)


def main() -> int:
    DEMO.mkdir(exist_ok=True)
    try:
        playlist = ingest(fetch(DEMO))
    except subprocess.CalledProcessError as failed:
        print(f"the demo stopped: `{' '.join(failed.cmd)}` ended with {failed.returncode}", file=sys.stderr)
        return 1
    shown = {"python": short(sys.executable), "codek7": short(CODEK7), "playlist": short(playlist)}
    print(HOW.format(**shown, folder=short(playlist.parent), name=playlist.name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
