"""Measures quality inside this process, with PyAV: VMAF too where it carries libvmaf, as from PyAV 19."""

from __future__ import annotations

from collections.abc import Sequence

from codek7.core.hookspecs import hookimpl
from codek7.core.measurement import Comparison, Measurement, Meter
from codek7.core.settings import Settings
from codek7.ffmpeg.meters import Way

NAME = "pyav"
RANK = 10


class Plugin:
    """Keeps the settings it is configured with."""

    def __init__(self) -> None:
        self._settings = Settings()

    @hookimpl
    def codek7_configure(self, settings: Settings) -> None:
        """Limits and cores."""
        self._settings = settings

    @hookimpl
    def codek7_meters(self) -> Sequence[Meter]:
        """PyAV."""
        return (_way().meter(RANK),)

    @hookimpl
    def codek7_measure(self, comparison: Comparison) -> Sequence[Measurement] | None:
        """What PyAV was asked for."""
        way = _way()
        return way.measure(comparison, self._settings) if comparison.meter == way.signature else None


def _way() -> Way:
    import av

    from codek7.ffmpeg.scoring_av import av_abilities, score_by_av

    return Way(NAME, f"{av.__version__}+ffmpeg-{av.ffmpeg_version_info}", av_abilities(), score_by_av)
