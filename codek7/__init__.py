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
    from codek7.core.ladder import AudioRung, Ladder, Policy, Rung
    from codek7.core.measurement import Measurement
    from codek7.core.media import Limits, MediaInfo, Source
    from codek7.core.settings import Settings
    from codek7.core.timeline import Timeline
    from codek7.hub import Hub

_HOME = {
    "Asset": "core.assets",
    "AudioRung": "core.ladder",
    "Codek7Error": "core.errors",
    "Hub": "hub",
    "Ladder": "core.ladder",
    "Limits": "core.media",
    "Measurement": "core.measurement",
    "MediaInfo": "core.media",
    "Policy": "core.ladder",
    "Rung": "core.ladder",
    "Settings": "core.settings",
    "Source": "core.media",
    "Timeline": "core.timeline",
    "Verdict": "core.assets",
    "hookimpl": "core.hookspecs",
}

__all__ = [
    "Asset", "AudioRung", "Codek7Error", "Hub", "Ladder", "Limits", "Measurement", "MediaInfo", "Policy",
    "Rung", "Settings", "Source", "Timeline", "Verdict", "__version__", "hookimpl",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'codek7' has no attribute {name!r}")
    value = getattr(import_module(f"codek7.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
