"""`make demo`: a real clip is published in .demo/home, and a server shows it until it is interrupted."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from codek7.lab.example import example_clip

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / ".demo"
HOME = DEMO / "home"
KEY = DEMO / "key"
LOG = DEMO / "server.log"
CODEK7 = str(Path(sys.executable).with_name("codek7"))
PORT = 8700

HOW = """
Published:  {playlist}
            a folder of plain files: mpv, ffplay, VLC and QuickTime open it, any static host serves it
Prove it:   {codek7} check {playlist}

Watch:      {url}/watch/{asset}
Library:    {url}/
Upload:     {url}/upload
            sign in with {key}

The server runs, and logs to {log}. Ctrl-C stops it.
"""


def ingest(clip: Path) -> Path:
    """Publish the clip; bars and sizes go to the screen, the main playlist's path comes back."""
    command = [CODEK7, "ingest", str(clip), "--title", "Big Buck Bunny", "--home", str(HOME)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Path(unquote(urlsplit(done.stdout.strip()).path))


def key() -> str:
    """An API key of this home, made once."""
    if not KEY.exists():
        command = [CODEK7, "key", "new", "--role", "admin", "--name", "demo", "--home", str(HOME)]
        made = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        KEY.touch(mode=0o600)
        KEY.write_text(made.stdout)
    return KEY.read_text().strip()


def free_port() -> int:
    """The usual one, or 0 for any where something else listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            return 0
    return PORT


def short(path: Path | str) -> Path:
    """As a person here would type it."""
    return Path(path).relative_to(Path.cwd()) if Path(path).is_relative_to(Path.cwd()) else Path(path)


def serve(playlist: Path, secret: str) -> int:
    """Run the server in the foreground, and say where it is once it listens."""
    command = [CODEK7, "serve", "--home", str(HOME), "--port", str(free_port())]
    with LOG.open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: process.terminate())  # it ends in order, and so do we
    with process:
        url = next(iter(process.stdout or ()), "").strip()
        if url:
            asset = playlist.parts[-3]
            paths = {"playlist": short(playlist), "codek7": short(CODEK7), "log": short(LOG)}
            print(HOW.format(**paths, url=url, asset=asset, key=secret), flush=True)
        process.wait()
    if not url:
        print(f"the server did not start; {short(LOG)} says why", file=sys.stderr)
    return process.returncode


def main() -> int:
    DEMO.mkdir(exist_ok=True)
    try:
        playlist = ingest(example_clip(DEMO))
        secret = key()
    except subprocess.CalledProcessError as failed:
        print(f"the demo stopped: `{' '.join(failed.cmd)}` ended with {failed.returncode}", file=sys.stderr)
        return 1
    return serve(playlist, secret)


if __name__ == "__main__":
    sys.exit(main())
