"""Contract suites and fixtures for the authors of plugins: subclass a suite, override its fixture `plugin`.

The suites are loaded when first used, after pytest has prepared their assertions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codek7.testing.catalog import CatalogContract
    from codek7.testing.encoder import EncoderContract
    from codek7.testing.executor import ExecutorContract
    from codek7.testing.measurer import MeasurerContract
    from codek7.testing.moderator import ModeratorContract
    from codek7.testing.packager import PackagerContract
    from codek7.testing.planner import PlannerContract
    from codek7.testing.plugin import PluginContract
    from codek7.testing.prober import ProberContract
    from codek7.testing.sound import SoundEncoderContract
    from codek7.testing.store import StoreContract

_HOME = {
    "CatalogContract": "catalog",
    "EncoderContract": "encoder",
    "ExecutorContract": "executor",
    "MeasurerContract": "measurer",
    "ModeratorContract": "moderator",
    "PackagerContract": "packager",
    "PlannerContract": "planner",
    "PluginContract": "plugin",
    "ProberContract": "prober",
    "SoundEncoderContract": "sound",
    "StoreContract": "store",
}

__all__ = [
    "CatalogContract",
    "EncoderContract",
    "ExecutorContract",
    "MeasurerContract",
    "ModeratorContract",
    "PackagerContract",
    "PlannerContract",
    "PluginContract",
    "ProberContract",
    "SoundEncoderContract",
    "StoreContract",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'codek7.testing' has no attribute {name!r}")
    return getattr(import_module(f"codek7.testing.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
