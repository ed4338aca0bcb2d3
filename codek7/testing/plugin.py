"""What all contract suites share: one plugin, loaded alone as a hub would load it."""

from __future__ import annotations

import re
from functools import partial
from typing import ClassVar

import pytest

from codek7.core.hooks import Hooks
from codek7.core.settings import Settings
from codek7.loading import Loaded, load, new_manager

SIGNATURE = re.compile(r"[A-Za-z0-9._ -]+@\S+")
"""`name@version`: whoever makes a value signs it."""


def hooks_of(*plugins: object, settings: Settings | None = None) -> Hooks:
    """Hooks that only these plugins answer, configured. Fails where one cannot be loaded or configured."""
    pm = new_manager()
    for number, plugin in enumerate(plugins):
        loaded = load(pm, Loaded(name=f"plugin-{number}", origin="a test"), partial(_itself, plugin))
        assert not loaded.error, f"{plugin!r} cannot be loaded: {loaded.error}"
    hooks = Hooks(pm)
    raised = hooks.configure(settings or Settings())
    assert not raised, f"cannot be configured: {raised}"
    return hooks


def _itself(plugin: object) -> object:
    return plugin


class PluginContract:
    """A plugin can be loaded, and answers the hook that its suite is about.

    Override `plugin` (a module, a class or an instance) and, where it needs other than defaults, `settings`.
    """

    hook: ClassVar[str] = ""

    @pytest.fixture
    def plugin(self) -> object:
        """The plugin under test."""
        raise NotImplementedError("override the fixture `plugin`: return your module, class or instance")

    @pytest.fixture
    def settings(self) -> Settings:
        """What it is configured with."""
        return Settings()

    @pytest.fixture
    def hooks(self, plugin: object, settings: Settings) -> Hooks:
        """Hooks that only the plugin answers."""
        return hooks_of(plugin, settings=settings)

    def test_it_can_be_loaded(self, plugin: object) -> None:
        loaded = load(new_manager(), Loaded(name="plugin", origin="a test"), partial(_itself, plugin))
        assert not loaded.error
        assert self.hook in loaded.hooks

    def test_two_hubs_can_have_it(self, plugin: object, settings: Settings) -> None:
        first, second = hooks_of(plugin, settings=settings), hooks_of(plugin, settings=settings)
        assert not first.shutdown()
        assert not second.shutdown()
