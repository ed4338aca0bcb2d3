"""Measures quality with the ffmpeg program that imageio-ffmpeg ships, which has libvmaf."""

from __future__ import annotations

from collections.abc import Sequence

from codek7.core.errors import ToolMissing
from codek7.core.hookspecs import hookimpl
from codek7.core.measurement import Comparison, Measurement, Meter
from codek7.core.settings import Settings
from codek7.ffmpeg.meters import Way, absent, program_way
from codek7.ffmpeg.program import find_ffmpeg

NAME = "imageio-ffmpeg"
RANK = 20


class Plugin:
    """Keeps the settings it is configured with."""

    def __init__(self) -> None:
        self._settings = Settings()

    @hookimpl
    def codek7_configure(self, settings: Settings) -> None:
        """Limits and cores, and how long it may stand still."""
        self._settings = settings

    @hookimpl
    def codek7_meters(self) -> Sequence[Meter]:
        """The program, or why there is none."""
        try:
            return (_way().meter(RANK),)
        except ToolMissing as error:
            return (absent(NAME, str(error)),)

    @hookimpl
    def codek7_measure(self, comparison: Comparison) -> Sequence[Measurement] | None:
        """What the program was asked for."""
        if not comparison.meter.startswith(f"{NAME}@"):
            return None
        way = _way()
        return way.measure(comparison, self._settings) if comparison.meter == way.signature else None


def _way() -> Way:
    return program_way(NAME, find_ffmpeg())
