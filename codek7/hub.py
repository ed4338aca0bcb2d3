"""The composition root: settings, plugins and the live objects of one home, put together."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

import msgspec
import pluggy

from codek7.config import Origin, find_home, load_settings
from codek7.core.hook_calls import Trace
from codek7.core.hooks import Hooks
from codek7.core.ports import Catalog, Store
from codek7.core.settings import Settings
from codek7.loading import Loaded, load_builtins, load_home_file, load_installed, new_manager

BUILTINS = (
    "probe_av",
    "plan_ladder",
    "encode_video",
    "encode_audio",
    "package_hls",
    "store_fsspec",
    "catalog_duckdb",
    "executor_local",
    "tracks_text",
    "moderate_rules",
    "measure_av",
    "measure_imageio",
    "measure_ffmpeg",
)
"""Registered first, so that whatever is installed or written into the home is asked before them."""

log = logging.getLogger("codek7")


class Hub:
    """One home, opened. Every hub is new: its plugins, settings and objects are its own.

    `plugins` are all that were found, also those that could not be loaded; `origins` are all settings with
    where each came from.
    """

    def __init__(
        self,
        home: Path,
        *,
        settings: Settings,
        origins: tuple[Origin, ...],
        hooks: Hooks,
        plugins: tuple[Loaded, ...],
        home_named: bool = True,
    ) -> None:
        self.home = home
        self.home_named = home_named
        self.settings = settings
        self.origins = origins
        self.hooks = hooks
        self.plugins = plugins
        self._opening = RLock()
        self._closed = False

    @classmethod
    def open(
        cls,
        home: Path | str | None = None,
        *,
        flags: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] = os.environ,
        home_named: bool | None = None,
        trace: Trace | None = None,
    ) -> Self:
        """Open a home: the one given, else `CODEK7_HOME`, else `./codek7-home`. Nothing is written yet.

        `flags` are settings that win over all others. `home_named` says whether the home was named on
        purpose, as it is when given here or in the environment. Raises `SettingsInvalid`.
        """
        where, named = find_home(Path(home) if home is not None else None, environ)
        named = named if home_named is None else home_named
        settings, origins = load_settings(where, flags or {}, environ, named=named)
        pm = new_manager()
        plugins = [*load_builtins(pm, BUILTINS), *load_installed(pm)]
        plugins += load_home_file(pm, where, named=named)
        plugins = _configure(pm, plugins, settings)
        for plugin in plugins:
            if plugin.error:
                log.warning("plugin %s of %s: %s", plugin.name, plugin.origin, plugin.error)
        hooks = Hooks(pm, trace, absent=_absent_moderators(plugins, settings.moderation.required))
        return cls(
            where, settings=settings, origins=origins, hooks=hooks, plugins=tuple(plugins),
            home_named=named,
        )  # fmt: skip

    @property
    def store(self) -> Store:
        """Where objects are kept. Raises `StoreError`."""
        with self._opening:
            return self._store

    @property
    def catalog(self) -> Catalog:
        """What is known of them. Raises `CatalogError`."""
        with self._opening:
            return self._catalog

    @cached_property
    def _store(self) -> Store:
        url = self.settings.store or f"file://{self.home.absolute() / 'store'}"
        return self.hooks.open_store(url, self.settings.store_options)

    @cached_property
    def _catalog(self) -> Catalog:
        return self.hooks.open_catalog(self.home)

    def close(self) -> None:
        """Tells the plugins; a second time it does nothing."""
        if not self._closed:
            self._closed = True
            self.hooks.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _configure(pm: pluggy.PluginManager, plugins: Iterable[Loaded], settings: Settings) -> list[Loaded]:
    """Hand out the settings; a plugin that cannot take them is out."""
    refused = {raised.plugin: raised.message for raised in Hooks(pm).configure(settings)}
    for name in refused:
        pm.unregister(name=name)
    return [
        msgspec.structs.replace(plugin, error=refused[plugin.name])
        if plugin.name in refused and not plugin.error
        else plugin
        for plugin in plugins
    ]


def _absent_moderators(plugins: Iterable[Loaded], required: Iterable[str]) -> dict[str, str]:
    """Moderators that should judge and will not: the gate must not open because one is broken."""
    judging = {p.name for p in plugins if "codek7_moderate" in p.hooks and not p.error}
    broken = {p.name: p.error for p in plugins if "codek7_moderate" in p.hooks and p.error}
    missing = {name: "required by the settings, but not there" for name in required if name not in judging}
    return {**missing, **broken}
