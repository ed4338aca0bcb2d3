"""The built-in prober: PyAV, in any container that refers to nothing but itself."""

from __future__ import annotations

from pathlib import Path

from codek7.core.hookspecs import hookimpl
from codek7.core.media import Limits, Probed

VERSION = "1"


@hookimpl
def codek7_probe(path: Path, limits: Limits, thorough: bool) -> Probed:
    """Read a local file; whatever cannot be read is refused with its reason."""
    from codek7.ffmpeg.facts import read_facts

    return read_facts(path, limits, thorough=thorough, prober=prober())


def prober() -> str:
    """Who reads: codek7's prober and the libavformat below it."""
    import av

    libavformat = ".".join(str(part) for part in av.library_versions["libavformat"])
    return f"codek7-av@{VERSION}+{libavformat}"
