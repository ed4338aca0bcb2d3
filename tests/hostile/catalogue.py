"""All hostile inputs."""

from __future__ import annotations

from tests.hostile import bombs, damage, disguises, forged, oddities, texts
from tests.hostile.case import Case

CASES: tuple[Case, ...] = tuple(
    case for module in (disguises, forged, bombs, damage, oddities, texts) for case in module.cases()
)
BY_NAME = {case.name: case for case in CASES}
