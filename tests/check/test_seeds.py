"""Every planted fault is found, under its rule, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7.check import RULES, check_presentation
from tests.check import seeds

pytestmark = pytest.mark.media
SEEDS = [*seeds.SYNTAX, *seeds.MEDIA, *seeds.MAIN, *seeds.BYTES]


def test_a_sound_presentation_has_no_faults(sound_fmp4: Path) -> None:
    report = check_presentation(sound_fmp4 / "main.m3u8")
    assert report.faults == ()
    assert report.ok
    assert report.playlists == 7
    assert report.segments == 3 + 3 + 4 + 4 + 3 + 12


@pytest.mark.parametrize(("rules", "plant"), [seed[1:] for seed in SEEDS], ids=[seed[0] for seed in SEEDS])
def test_a_planted_fault_is_found_and_nothing_else(fmp4: Path, rules: set[str], plant: seeds.Plant) -> None:
    plant(fmp4)
    report = check_presentation(fmp4 / "main.m3u8")
    assert {fault.rule for fault in report.faults} == rules, str(report)


@pytest.mark.parametrize(
    ("rule", "plant"), [seed[1:] for seed in seeds.ADVICE], ids=[seed[0] for seed in seeds.ADVICE]
)
def test_advice_is_given(fmp4: Path, rule: str, plant: seeds.Plant) -> None:
    before = {fault.rule for fault in check_presentation(fmp4 / "main.m3u8").advice}
    plant(fmp4)
    after = {fault.rule for fault in check_presentation(fmp4 / "main.m3u8").advice}
    assert rule in after - before


def test_rule_ids_are_unique_and_seeds_name_real_ones() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert {rule for seed in SEEDS for rule in seed[1]} <= set(ids)
