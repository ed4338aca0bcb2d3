"""The built-in rules keep the moderator's contract."""

from __future__ import annotations

import pytest

from codek7.core.settings import Moderation, Settings
from codek7.plugins import moderate_rules
from codek7.testing import ModeratorContract
from codek7.testing.facts import media, video
from codek7.testing.frames import Pictures
from codek7.testing.moderator import Case, asset


class TestModerateRules(ModeratorContract):
    @pytest.fixture
    def plugin(self) -> object:
        return moderate_rules.Plugin

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(moderation=Moderation(max_height=1080))

    @pytest.fixture
    def unwelcome(self) -> Case:
        return asset(), media(video(width=3840, height=2160)), Pictures()
