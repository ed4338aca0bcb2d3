"""Runs in a process of its own: reads one file's facts, and answers on standard output.

    python -P -m codek7.ffmpeg.facts_child LIFE < QUESTION > ANSWER

LIFE is a file descriptor, the end of a pipe whose other end is held by whoever asks, and by nobody else.
"""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import msgspec

from codek7.core.errors import Codek7Error
from codek7.core.media import Limits, Probed
from codek7.core.values import from_json, to_json


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What to read and how. The path is bytes: names need not be text."""

    path: bytes
    limits: Limits
    thorough: bool
    prober: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was read; or the code, message and hint of what was raised."""

    probed: Probed | None = None
    code: str = ""
    message: str = ""
    hint: str = ""


def answer(asked: Question) -> Answer:
    """Read what is asked for."""
    import av

    from codek7.ffmpeg.facts import read_facts

    libavformat = ".".join(str(part) for part in av.library_versions["libavformat"])
    path, signature = Path(os.fsdecode(asked.path)), f"{asked.prober}+{libavformat}"
    try:
        probed = read_facts(path, asked.limits, thorough=asked.thorough, prober=signature)
    except Codek7Error as error:
        return Answer(code=error.code, message=error.message, hint=error.hint)
    return Answer(probed=probed)


def end_with(life: int) -> None:
    """End this process, whatever it does, once the other end of the pipe is gone."""
    os.read(life, 1)
    os._exit(1)


def limit(limits: Limits) -> None:
    """No more memory than allowed, no files written, no core dumps."""
    wanted = (
        (resource.RLIMIT_DATA, limits.max_memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in wanted:
        with suppress(
            OSError, ValueError
        ):  # a limit that this system does not know, or a lower one that is set
            resource.setrlimit(kind, (most, most))


def main(life: str) -> None:
    """Answer one question."""
    Thread(target=end_with, args=(int(life),), daemon=True).start()
    asked = from_json(sys.stdin.buffer.read(), Question)
    limit(asked.limits)
    sys.stdout.buffer.write(to_json(answer(asked)))


if __name__ == "__main__":
    main(*sys.argv[1:])
