"""Plugins of a home at work in whole ingests: what they change, and what happens when one raises."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7 import Hub
from codek7.core.events import (
    AssetHeld,
    AssetPublished,
    AssetRefused,
    Event,
    JobFailed,
    LadderPlanned,
    PluginRaised,
)
from codek7.jobs import ingest_source
from codek7.outside import HOME_FILE
from tests.conftest import MakeClip
from tests.test_hub import NO_SPAM, TWO_RUNGS

pytestmark = pytest.mark.media

BROKEN = """\
from codek7 import hookimpl

@hookimpl
def {hook}({arguments}):
    raise LookupError("of all things")
"""


@pytest.fixture
def clip(make_clip: MakeClip) -> Path:
    """Big enough for more than two rungs, and quickly encoded."""
    return make_clip("at-work", seconds=1, width=640, height=360)


def ingest(
    home: Path, plugin: str, clip: Path, *, title: str = "A clip", policy: str = "source"
) -> list[Event]:
    """All events of an ingest in a new home with this plugin; of one rung, unless told."""
    home.mkdir(mode=0o700)
    (home / HOME_FILE).write_text(plugin)
    (home / HOME_FILE).chmod(0o600)
    with Hub.open(home, flags={"cores": 1, "tries": 1}, environ={}) as hub:
        return list(ingest_source(hub, str(clip), title=title, policy=policy))


def one(events: list[Event], kind: type[Event]) -> Event:
    (found,) = (event for event in events if isinstance(event, kind))
    return found


def test_a_file_in_the_home_changes_the_ladder(tmp_path: Path, clip: Path) -> None:
    events = ingest(tmp_path / "home", TWO_RUNGS, clip, policy="capped")
    planned = one(events, LadderPlanned)
    assert isinstance(planned, LadderPlanned)
    assert (len(planned.ladder.rungs), planned.ladder.planner) == (2, "two-rungs@1")
    assert isinstance(events[-1], AssetPublished)


def test_a_file_in_the_home_refuses_titles(tmp_path: Path, clip: Path) -> None:
    events = ingest(tmp_path / "home", NO_SPAM, clip, title="FREE MONEY")
    ending = events[-1]
    assert isinstance(ending, AssetRefused)
    assert ending.reason == "no-spam@1: the title says free, money"
    assert not list((tmp_path / "home" / "store").glob("assets/**/*.m3u8")), "nothing is published"
    assert isinstance(ingest(tmp_path / "other", NO_SPAM, clip, title="Birds")[-1], AssetPublished)


@pytest.mark.parametrize(
    ("hook", "arguments"), [("codek7_tracks", "path"), ("codek7_on_event", "event"), ("codek7_shutdown", "")]
)
def test_whoever_raises_beside_the_work_is_named_and_stops_nothing(
    tmp_path: Path, clip: Path, hook: str, arguments: str, caplog: pytest.LogCaptureFixture
) -> None:
    events = ingest(tmp_path / "home", BROKEN.format(hook=hook, arguments=arguments), clip)
    assert isinstance(events[-1], AssetPublished)
    assert f"plugin codek7_plugins raised in {hook}: LookupError: of all things" in caplog.text
    if hook == "codek7_tracks":
        raised = one(events, PluginRaised)
        assert isinstance(raised, PluginRaised)
        assert (raised.plugin, raised.hook) == ("codek7_plugins", hook)


def test_a_moderator_that_raises_holds_the_asset(tmp_path: Path, clip: Path) -> None:
    events = ingest(tmp_path / "home", BROKEN.format(hook="codek7_moderate", arguments="asset"), clip)
    ending = events[-1]
    assert isinstance(ending, AssetHeld)
    assert "codek7_plugins: the moderator failed: LookupError: of all things" in ending.reason
    raised = one(events, PluginRaised)
    assert isinstance(raised, PluginRaised)
    assert raised.plugin == "codek7_plugins"


@pytest.mark.parametrize(
    ("hook", "arguments"),
    [
        ("codek7_probe", "path"),
        ("codek7_plan_ladder", "info"),
        ("codek7_filters", "rung"),
        ("codek7_encode", "task"),
        ("codek7_package", "presentation"),
    ],
)
def test_whoever_raises_in_the_work_is_named_in_the_jobs_error(
    tmp_path: Path, clip: Path, hook: str, arguments: str
) -> None:
    ending = ingest(tmp_path / "home", BROKEN.format(hook=hook, arguments=arguments), clip)[-1]
    assert isinstance(ending, JobFailed)
    assert ending.code == "plugin-failed"
    assert ending.message == f"plugin codek7_plugins failed in {hook}: LookupError: of all things"
