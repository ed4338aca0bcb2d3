"""Reading facts in a process of its own, which may hang, eat memory or crash without harm.

libav parses whatever strangers send; some kilobytes can ask it for hours or for gigabytes. The reader
starts in about 0.2 s, has limits of its own, and is ended when its time is over, or when we end.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from codek7.core.errors import (
    MediaEmpty,
    MediaRefused,
    MediaTooBig,
    MediaUnreadable,
    SourceNotFound,
)
from codek7.core.media import Limits, Probed
from codek7.core.values import from_json, to_json
from codek7.ffmpeg.facts_child import Answer, Question
from codek7.ffmpeg.safe_open import check_file, shown

RAISED = {
    kind.code: kind for kind in (MediaEmpty, MediaRefused, MediaTooBig, MediaUnreadable, SourceNotFound)
}
TAIL = 2000


def read_facts_apart(path: Path, limits: Limits, *, thorough: bool, prober: str) -> Probed:
    """The facts and the frame times of a file; `prober` is completed with the version of libavformat.

    Raises `MediaError` and `SourceNotFound`, naming the file; `RuntimeError` where the reader itself fails.
    """
    check_file(path, limits)
    asked = Question(path=os.fsencode(path.resolve()), limits=limits, thorough=thorough, prober=prober)
    life, ours = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "codek7.ffmpeg.facts_child", str(life)],
            input=to_json(asked),
            capture_output=True,
            env=_environment(),
            timeout=limits.max_probe_s,
            pass_fds=(life,),
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise MediaTooBig(
            f"{shown(path)} could not be read in {limits.max_probe_s} s",
            hint="raise limits.max_probe_s, or remux it; such files are long, damaged, or made on purpose",
        ) from None
    finally:
        os.close(life)
        os.close(ours)
    return _probed(path, done)


def _environment() -> dict[str, str]:
    """Modules come from where ours do, and from nowhere else (not from the folder that we are in)."""
    modules = [str(Path(place).resolve()) for place in sys.path if place]
    return {"PYTHONPATH": os.pathsep.join(modules), "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


def _probed(path: Path, done: subprocess.CompletedProcess[bytes]) -> Probed:
    if done.returncode < 0:
        raise MediaUnreadable(
            f"reading {shown(path)} ended the reader (signal {-done.returncode})",
            hint="it is damaged or made on purpose; remux or convert it",
        )
    if done.returncode > 0:
        tail = done.stderr.decode(errors="replace")[-TAIL:]
        raise RuntimeError(f"the reader of {shown(path)} ended with code {done.returncode}: {tail}")
    answer = from_json(done.stdout, Answer)
    if answer.probed is None:
        raise RAISED[answer.code](answer.message, hint=answer.hint)
    return answer.probed
