"""The built-in prober: PyAV in a process of its own, for any container that refers to nothing but itself."""

from __future__ import annotations

from pathlib import Path

from codek7.core.hookspecs import hookimpl
from codek7.core.media import Limits, Probed

PROBER = "codek7-av@1"
"""Count up when the same file would give other facts."""


@hookimpl
def codek7_probe(path: Path, limits: Limits, thorough: bool) -> Probed:
    """Read a local file; whatever cannot be read is refused with its reason."""
    from codek7.ffmpeg.facts_apart import read_facts_apart

    return read_facts_apart(path, limits, thorough=thorough, prober=PROBER)
