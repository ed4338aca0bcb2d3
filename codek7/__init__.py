"""codek7: a media lab that you can put in production.

The names below are loaded when first used, so that `import codek7` is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from codek7.core.assets import Asset, Verdict
    from codek7.core.errors import Codek7Error
    from codek7.core.hookspecs import hookimpl
    from codek7.core.ladder import AudioRung, Ladder, Policy, Rung, Tuning
    from codek7.core.measurement import Measurement
    from codek7.core.media import Limits, MediaInfo, Source
    from codek7.core.settings import Settings
    from codek7.core.timeline import Timeline
    from codek7.hub import Hub
    from codek7.jobs import ingest_source as ingest

_PLACES = {
    "Asset": "core.assets.Asset",
    "AudioRung": "core.ladder.AudioRung",
    "Codek7Error": "core.errors.Codek7Error",
    "Hub": "hub.Hub",
    "Ladder": "core.ladder.Ladder",
    "Limits": "core.media.Limits",
    "Measurement": "core.measurement.Measurement",
    "MediaInfo": "core.media.MediaInfo",
    "Policy": "core.ladder.Policy",
    "Rung": "core.ladder.Rung",
    "Settings": "core.settings.Settings",
    "Source": "core.media.Source",
    "Timeline": "core.timeline.Timeline",
    "Tuning": "core.ladder.Tuning",
    "Verdict": "core.assets.Verdict",
    "hookimpl": "core.hookspecs.hookimpl",
    "ingest": "jobs.ingest_source",
}

__all__ = [
    "Asset", "AudioRung", "Codek7Error", "Hub", "Ladder", "Limits", "Measurement", "MediaInfo", "Policy",
    "Rung", "Settings", "Source", "Timeline", "Tuning", "Verdict", "__version__", "hookimpl", "ingest",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'codek7' has no attribute {name!r}")
    module, _, original = _PLACES[name].rpartition(".")
    value = getattr(import_module(f"codek7.{module}"), original)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
