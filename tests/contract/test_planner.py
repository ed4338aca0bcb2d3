"""The built-in planner keeps the planner's contract."""

from __future__ import annotations

import pytest

from codek7.plugins import plan_ladder
from codek7.testing.planner import PlannerContract


class TestPlanLadder(PlannerContract):
    @pytest.fixture
    def plugin(self) -> object:
        return plan_ladder
