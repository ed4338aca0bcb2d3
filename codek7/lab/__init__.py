"""The notebook door: `from codek7.lab import Lab`. Names are loaded when first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codek7.lab.clip import Clip
    from codek7.lab.connected import Connected
    from codek7.lab.lab import Lab
    from codek7.lab.made import Made
    from codek7.lab.study import Study

_PLACES = {"Clip": "clip", "Connected": "connected", "Lab": "lab", "Made": "made", "Study": "study"}

__all__ = ["Clip", "Connected", "Lab", "Made", "Study"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'codek7.lab' has no attribute {name!r}")
    value = getattr(import_module(f"codek7.lab.{_PLACES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
