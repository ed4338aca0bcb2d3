"""Studies of real pictures, from the source to what is published."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from codek7.core.assets import Verdict
from codek7.core.errors import UsageError
from codek7.core.events import ChunkEncoded, Event, RenditionMeasured
from codek7.core.ladder import Ladder
from codek7.core.study import Chosen, StudyEnded, StudyPlanned, StudyUpdate, TrialEnded
from codek7.core.values import from_plain
from codek7.files import read_policy
from codek7.hub import Hub
from codek7.jobs import ingest_source
from codek7.lab import Lab
from codek7.lab.displays import DISPLAYS
from codek7.study import study_source
from codek7.study.measuring import measure_asset
from codek7.upkeep import collect_garbage, remove_asset
from tests.cli.program import Home
from tests.conftest import MakeClip

pytestmark = pytest.mark.media

POLICY = """
name = "small"
segment_us = 1000000
idr_us = 1000000
[tuning]
budget = 5
lowest_bps = 20000
step_score = 8
sizes = [90, 180]
"""


class Studied(NamedTuple):
    """A study that ran through, in a home of its own."""

    home: Path
    clip: Path
    policy: Path
    updates: list[StudyUpdate]

    @property
    def chosen(self) -> Chosen:
        ended = self.updates[-1]
        assert isinstance(ended, StudyEnded)
        return ended.chosen

    def again(self) -> list[StudyUpdate]:
        with Hub.open(self.home) as hub:
            return list(study_source(hub, str(self.clip), policy=str(self.policy)))


@pytest.fixture(scope="module")
def studied(make_clip: MakeClip, tmp_path_factory: pytest.TempPathFactory) -> Studied:
    folder = tmp_path_factory.mktemp("study")
    clip = make_clip("studied", seconds=2, width=320, height=180)
    policy = folder / "small.toml"
    policy.write_text(POLICY)
    # Another study is stopped after its first trial: nothing of it is lost.
    with (
        Hub.open(folder / "home") as hub,
        closing(study_source(hub, str(clip), policy=str(policy))) as updates,
    ):
        first = next(update for update in updates if isinstance(update, TrialEnded))
    studied = Studied(folder / "home", clip, policy, [])
    studied.updates.extend(studied.again())
    known = [
        update.trial.key for update in studied.updates if isinstance(update, TrialEnded) and update.known
    ]
    assert first.trial.key in known
    return studied


def test_it_ends_with_a_ladder_whose_rungs_are_apart(studied: Studied) -> None:
    planned = studied.updates[0]
    assert isinstance(planned, StudyPlanned)
    assert planned.segments == (0, 1)
    chosen = studied.chosen
    assert 1 <= chosen.probes <= 5
    assert len(chosen.predicted) == len(chosen.verified) == len(chosen.ladder.rungs)
    scores = [point.score for point in chosen.predicted]
    assert scores == sorted(scores)
    assert all(point.rung in chosen.ladder.rungs for point in chosen.predicted)
    assert chosen.rival
    for seen in chosen.verified:
        assert 0 < seen.average_bps <= seen.rung.ceiling_bps * 1.5


def test_asked_again_it_tries_nothing(studied: Studied) -> None:
    updates = studied.again()
    assert all(update.known for update in updates if isinstance(update, TrialEnded))
    ended = updates[-1]
    assert isinstance(ended, StudyEnded)
    assert ended.chosen.ladder.hash == studied.chosen.ladder.hash


@pytest.fixture(scope="module")
def ingested(studied: Studied) -> list[Event]:
    """What happens when its source is taken in with the ladder."""
    with Hub.open(studied.home) as hub:
        return list(ingest_source(hub, str(studied.clip), ladder=studied.chosen.ladder))


def test_what_was_verified_is_what_is_served(studied: Studied, ingested: list[Event]) -> None:
    """An ingest with the ladder encodes no picture, and the catalog shows what was predicted beside it."""
    encoded = {event.rendition for event in ingested if isinstance(event, ChunkEncoded)}
    assert not {name for name in encoded if name.startswith("video")}
    with Hub.open(studied.home) as hub:
        measured = list(measure_asset(hub, ingested[-1].asset_id))
        assert {type(event) for event in measured} == {RenditionMeasured}
        rows = hub.catalog.query(
            "SELECT verified_bps, delivered_bps, verified_score, delivered_score FROM predicted_and_delivered"
        ).rows
        assert len(rows) == len(studied.chosen.ladder.rungs)
        for verified_bps, delivered_bps, verified_score, delivered_score in rows:
            assert delivered_bps == pytest.approx(verified_bps, abs=1)
            assert delivered_score == pytest.approx(verified_score)


def test_the_command_measures_what_is_published(studied: Studied, ingested: list[Event]) -> None:
    """A line for each rung."""
    lines = Home(studied.home).run("measure", ingested[-1].asset_id, "--json").lines
    assert [line["rendition"] for line in lines] == [f"video-{at}" for at in range(len(lines))]
    assert [line["mean"] for line in lines] == pytest.approx(
        [point.score for point in studied.chosen.verified]
    )


def test_the_command_writes_the_ladder_and_says_how_good_it_is(studied: Studied, tmp_path: Path) -> None:
    output = tmp_path / "ladder.json"
    done = Home(studied.home).run(
        "tune", str(studied.clip), "--policy", str(studied.policy), "-o", str(output), "--json"
    )
    ended = json.loads(done.out.splitlines()[-1])
    assert ended["hash"] == studied.chosen.ladder.hash
    assert from_plain(json.loads(output.read_text()), Ladder).hash == ended["hash"]
    assert ended["probes"] == studied.chosen.probes
    assert {"predicted", "bd_rate", "against"} <= ended.keys()
    shown = Home(studied.home).run("tune", str(studied.clip), "--policy", str(studied.policy))
    assert f"ladder {ended['hash'][:12]}" in shown.out


def test_a_notebook_has_all_of_it_to_look_at(studied: Studied) -> None:
    """The study again, from the catalog; its views, and the pictures that were scored."""
    with Lab(studied.home) as lab:
        clip = lab.open(studied.clip)
        study = clip.study(read_policy(studied.policy))
        assert study.done
        assert study.ladder.hash == studied.chosen.ladder.hash
        assert study.bd_rate() == studied.chosen.bd_rate
        for view in (study.explorer(), study.compare(), study.timeline(), study.editor()):
            still = view.still()
            assert still.body
            assert still.words
        assert study.editor().ladder.hash == study.ladder.hash
        pairs = study.pairs(-1)
        assert pairs.frames == 48
        one, same, other = pairs.pair(30, 90), pairs.pair(30, 90), pairs.pair(7, 90)
        assert one == same != other
        assert one.reference.startswith(b"\xff\xd8")
        pairs.close()
        timeline = study.timeline(0)
        timeline.select(10, 12)
        assert [row[0] for row in timeline.rows.fetchall()] == [10, 11, 12]
        assert timeline.series.types[0] == "I"
        assert study.without(-1).score > 0
        assert study.editor().review.judged == study.judge(study.rungs), "one verdict, whoever is asked"
        assert study.editor().review.violations == ()
        for nowhere in (99, -99, "x"):
            with pytest.raises(UsageError, match="there is no rung"):
                study.without(nowhere)  # type: ignore[arg-type]
            with pytest.raises(UsageError, match="there is no rung"):
                study.compare(nowhere)  # type: ignore[arg-type]
        by_codec = lab.sql("SELECT codec, count(*) AS trials FROM trial GROUP BY codec")
        assert by_codec.filter("trials > 1").fetchall() == [("h264", len(study.trials))]


def test_what_a_notebook_made_plays_before_it_is_published(studied: Studied) -> None:
    with Lab(studied.home) as lab:
        clip = lab.open(studied.clip)
        made = clip.package(studied.chosen.ladder)
        assert made.check().faults == ()
        assert made.read("main.m3u8").startswith(b"#EXTM3U")
        assert made.player().still().body
        assert clip.storyboard().still().body
        assert [verdict.decision for verdict in clip.moderate()] == ["allow"]
        asset = clip.publish(studied.chosen.ladder)
        assert asset.state == "published"
        scores = clip.measure(asset)
        assert set(scores) == {f"video-{at}" for at in range(len(studied.chosen.ladder.rungs))}


def test_what_was_tried_goes_with_its_asset(studied: Studied, ingested: list[Event], tmp_path: Path) -> None:
    with Hub.open(Path(shutil.copytree(studied.home, tmp_path / "home"))) as hub:
        asset = hub.catalog.asset(ingested[-1].asset_id)
        tried = hub.catalog.trials(asset.source.sha256)
        assert tried
        remove_asset(hub.catalog, hub.store, hub.home, asset.id)
        assert hub.catalog.trials(asset.source.sha256) == ()
        left = {key.rpartition("/")[2].partition(".")[0] for key in hub.store.keys("")}
        assert not left & {key for trial in tried for key in (*trial.chunk_keys, *trial.score_keys)}
        collect_garbage(hub.catalog, hub.store, hub.home, grace_s=0)  # sample pictures that nothing published
        assert list(hub.store.keys("")) == []


def test_values_show_as_tables_and_nothing_in_them_as_markup() -> None:
    hostile = Verdict(moderator="me@1", decision="review", reason="<script>alert(1)</script>")
    shown = DISPLAYS[Verdict](hostile)
    assert "<table>" in shown
    assert "<script>" not in shown


def test_a_study_ends_before_it_begins_where_its_ladder_cannot_be_written(
    studied: Studied, tmp_path: Path
) -> None:
    done = Home(studied.home).run(
        "tune", str(studied.clip), "-o", str(tmp_path / "none" / "a.toml"), "--json"
    )
    assert (done.code, [line["event"] for line in done.lines]) == (2, ["error"])


def test_what_was_not_made_is_not_shown_as_made(studied: Studied, tmp_path: Path) -> None:
    policy = tmp_path / "quick.toml"
    policy.write_text(f"{POLICY}verify_s = 0\n")
    shown = Home(studied.home).run("tune", str(studied.clip), "--policy", str(policy)).out.splitlines()
    assert all(line.split()[-2:] == ["-", "-"] for line in shown if line.startswith("h264"))


def test_codecs_share_the_rungs_that_there_may_be(studied: Studied, tmp_path: Path) -> None:
    policy = tmp_path / "one.toml"
    policy.write_text('codecs = ["h264", "hevc"]\nmax_rungs = 1\n' + POLICY)
    with Hub.open(studied.home) as hub:
        *_, ended = study_source(hub, str(studied.clip), policy=str(policy))
    assert isinstance(ended, StudyEnded)
    assert len(ended.chosen.ladder.rungs) == 1
