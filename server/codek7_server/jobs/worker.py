"""A process that runs one job of a server's: `python -m codek7_server.jobs.worker`.

It leads a process group of its own, and ends with the server: its standard input is a pipe that closes when
the server is gone, however that happened. It says what is not in the catalog, progress and that it lives, on
standard output, one JSON object a line.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from codek7.core.errors import CatalogError, Codek7Error, StateConflict
from codek7.core.events import Event, JobFailed, WorkProgressed
from codek7.core.values import from_json, to_json
from codek7.hub import Hub
from codek7.jobs import ingest_asset
from codek7_server.jobs.order import BEAT_S, Beat, Order, at_work

NICENESS = 5
"""Viewers come first."""
TELL_S = 0.5
EXIT_UNDONE = 1
Say = Callable[[Event | Beat], None]


def main() -> None:
    """Run the job that standard input names."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    say = _own_output()
    order = from_json(sys.stdin.buffer.readline(), Order)
    threading.Thread(target=_end_with_server, daemon=True).start()
    threading.Thread(target=_beat, args=(say,), daemon=True).start()
    logging.basicConfig(level=os.environ.get("CODEK7_LOG", "ERROR").upper(), stream=sys.stderr)
    os.nice(NICENESS)
    home = Path(order.home)
    try:
        with (
            at_work(home, order.job_id),
            Hub.open(home, flags=order.flags, home_named=order.home_named) as hub,
        ):
            _work(hub, order, say)
    except KeyboardInterrupt:
        sys.exit(EXIT_UNDONE)


def _work(hub: Hub, order: Order, say: Say) -> None:
    try:
        events = ingest_asset(
            hub, order.asset_id, order.job_id, order.request, preview=True, since_us=order.queued_us
        )
        told: dict[str, float] = {}
        with closing(events):
            for event in events:
                if isinstance(event, WorkProgressed):
                    now = time.monotonic()
                    if now - told.get(event.rendition, 0) >= TELL_S:
                        told[event.rendition] = now
                        say(event)
    except (CatalogError, StateConflict):  # nothing can be noted, or nothing of ours is wanted any more
        raise
    except Codek7Error as error:
        failed = JobFailed(asset_id=order.asset_id, code=error.code, message=error.message, hint=error.hint)
        hub.catalog.apply(order.job_id, [failed])


def _own_output() -> Say:
    """Standard output for us alone: what others print there goes where errors go."""
    ours = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    turn = threading.Lock()

    def say(event: Event | Beat) -> None:
        with turn:
            ours.write(to_json(event) + b"\n")

    return say


def _end_with_server() -> None:
    """Nothing more comes on standard input; it ends when the server does."""
    while os.read(0, 64):
        pass
    os.killpg(0, signal.SIGKILL)


def _beat(say: Say) -> None:
    while True:
        say(Beat())
        time.sleep(BEAT_S)


if __name__ == "__main__":
    main()
