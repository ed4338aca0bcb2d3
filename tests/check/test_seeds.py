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
    # What short test segments and this ladder cannot help.
    assert {fault.rule for fault in report.advice} <= {"apple.7.5-target-duration", "apple.9.21-cellular"}
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


def test_a_change_of_tracks_needs_a_discontinuity(fmp4: Path) -> None:
    """Sound where pictures were: the section changes, and nothing announces it."""
    sound = (fmp4 / "en.m3u8").read_text().splitlines()
    start = sound.index(next(line for line in sound if line.startswith("#EXT-X-MAP")))
    rules = []
    for announced in ([], ["#EXT-X-DISCONTINUITY"]):
        playlist = (fmp4 / "v0.m3u8").read_text().replace("#EXT-X-ENDLIST\n", "")
        text = "\n".join([playlist.rstrip(), *announced, *sound[start : start + 4], "#EXT-X-ENDLIST", ""])
        (fmp4 / "mixed.m3u8").write_text(text)
        rules.append({fault.rule for fault in check_presentation(fmp4 / "mixed.m3u8").faults})
    assert "rfc8216bis.4.4.4.3-discontinuity" in rules[0]
    assert "rfc8216bis.4.4.4.3-discontinuity" not in rules[1]


def test_every_rule_is_broken_by_some_test() -> None:
    """A rule that nothing breaks may as well not be there."""
    sources = "".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    sources = sources.replace('RFC + "', '"rfc8216bis.').replace('APPLE + "', '"apple.')
    assert [rule.id for rule in RULES if f'"{rule.id}"' not in sources] == []
