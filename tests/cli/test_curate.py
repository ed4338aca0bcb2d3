"""Edited, held, approved and blocked from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Home
from tests.conftest import MakeClip

RULE = '[moderation]\ndecision = "review"\nmin_duration_us = 3600000000\n'


@pytest.fixture(scope="module")
def clip(make_clip: MakeClip) -> Path:
    return make_clip("curated", seconds=1)


def test_from_held_to_published_to_private_to_blocked(home: Home, clip: Path, ladder: Path) -> None:
    home.path.mkdir(exist_ok=True)
    (home.path / "codek7.toml").write_text(RULE)
    held = home.ingest(clip, "--ladder", ladder)
    assert held.ending["event"] == "asset-held"
    asset = held.ending["asset_id"]

    approved = home.run("approve", asset, "--reason", "fine", "--json")
    assert (approved.code, approved.ending["event"]) == (0, "asset-published")
    assert approved.events("attempt-ended") == [], "nothing is encoded again"
    again = home.run("approve", asset, "--json")
    assert (again.code, again.ending["code"]) == (1, "state-conflict")

    version = approved.ending["version"]
    edited = home.run("edit", asset, "--title", "Mine", "--tag", "a", "--visibility", "private", "--json")
    (said,) = edited.lines
    assert (said["title"], said["tags"], said["visibility"]) == ("Mine", ["a"], "private")
    assert [path.name for path in (home.store / "assets" / asset).iterdir()] == [said["version"]] != [version]
    assert home.run("edit", asset, "--language", "?", "--json").code == 2

    (blocked,) = home.run("block", asset, "--reason", "not here", "--json").lines
    assert (blocked["state"], blocked["reason"], blocked["playlist"]) == ("refused", "not here", "")
    assert not (home.store / "assets").exists()
    refused = home.run("republish", asset, "--ladder", ladder, "--json")
    assert refused.ending["event"] == "asset-refused", "a person's decision stands"
