"""Measures quality with the ffmpeg program that the setting `ffmpeg` names, else the one on PATH: VMAF where
it has libvmaf, else what it has, each under its own name."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from codek7.core.errors import ToolMissing
from codek7.core.hookspecs import hookimpl
from codek7.core.measurement import Comparison, Measurement, Meter
from codek7.core.settings import Settings
from codek7.ffmpeg.meters import absent, program_way
from codek7.ffmpeg.program import Program, find_ffmpeg, is_shipped

NAME = "ffmpeg"
ON_PATH = "ffmpeg"
RANK = 30


class Plugin:
    """Keeps the settings it is configured with."""

    def __init__(self) -> None:
        self._settings = Settings()

    @hookimpl
    def codek7_configure(self, settings: Settings) -> None:
        """Which program, limits and cores, and how long it may stand still."""
        self._settings = settings

    @hookimpl
    def codek7_meters(self) -> Sequence[Meter]:
        """The program, or what is wrong with it; nothing where none is named and none on PATH, or where it is
        the one that imageio-ffmpeg ships."""
        try:
            program = self._program()
        except ToolMissing as error:
            return (absent(NAME, error.message),)
        return (program_way(NAME, program).meter(RANK),) if program else ()

    @hookimpl
    def codek7_measure(self, comparison: Comparison) -> Sequence[Measurement] | None:
        """What the program was asked for."""
        if not comparison.meter.startswith(f"{NAME}@"):
            return None
        program = self._program()
        way = program_way(NAME, program) if program else None
        if way is None or comparison.meter != way.signature:
            return None
        return way.measure(comparison, self._settings)

    def _program(self) -> Program | None:
        if not self._settings.ffmpeg and shutil.which(ON_PATH) is None:
            return None
        program = find_ffmpeg(self._settings.ffmpeg or ON_PATH)
        return None if is_shipped(program) else program
