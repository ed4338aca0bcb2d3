"""An asset with another ladder, removed, collected: what is encoded, what plays, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from codek7.catalog.migrations import TABLES_OF_AN_ASSET
from tests.cli.program import Home, Json, faults
from tests.conftest import MakeClip


@pytest.fixture(scope="module")
def clip(make_clip: MakeClip) -> Path:
    """Two segments: two chunks."""
    return make_clip("upkeep", seconds=2)


def rows(home: Home) -> dict[str, int]:
    """How many rows each table has."""
    counts = (f"select '{table}', count(*) from {table}" for table in ("asset", *TABLES_OF_AN_ASSET))
    return dict(home.sql(" union all ".join(counts)))


def folder(home: Home, ending: Json) -> Path:
    return home.store / str(ending["playlist"]).removesuffix("/main.m3u8")


def names(keys: Iterable[str]) -> set[str]:
    """The first folder of each path."""
    return {key.partition("/")[0] for key in keys if "/" in key}


def test_a_rung_more_encodes_that_rung_alone(home: Home, clip: Path, ladder: Path, taller: Path) -> None:
    first = home.ingest(clip, "--ladder", ladder).ending
    before = home.published(first)
    done = home.run("republish", first["asset_id"], "--ladder", taller, "--json")
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    second = done.ending
    assert (second["asset_id"], second["version"] != first["version"]) == (first["asset_id"], True)
    assert {line["rendition"] for line in done.events("chunk-encoded")} == {"video-2"}
    (job,) = home.sql("select id from job order by started_us desc limit 1")
    encoded = home.sql(f"select distinct unnest(keys) from attempt where job_id = '{job[0]}'")
    chunks = home.sql("select key from chunk where rendition = 'video-2'")
    assert sorted(encoded) == sorted(chunks), "the attempts show it, too"
    assert len(chunks) == 2

    assert home.published(first) == before, "players of the version before go on"
    assert faults(folder(home, first) / "main.m3u8") == []
    assert faults(folder(home, second) / "main.m3u8") == []
    assert names(home.published(second)) - names(before) == {"video-2"}

    back = home.run("republish", first["asset_id"], "--ladder", ladder, "--json")
    assert back.ending["version"] == first["version"]
    assert back.events("attempt-ended") == [], "nothing is encoded to go back"


def test_old_versions_go_when_they_are_collected(home: Home, clip: Path, ladder: Path, taller: Path) -> None:
    """From the taller ladder to the smaller one: what only the first has is garbage, the rest is shared."""
    first = home.ingest(clip, "--ladder", taller).ending
    second = home.run("republish", first["asset_id"], "--ladder", ladder, "--json").ending
    before, kept = home.objects(), home.published(second)
    shared = home.sql("select key from chunk where rendition <> 'video-2'")

    assert home.run("gc", "--json").lines[0]["keys"] == [], "there is a time of grace"
    (would,) = home.run("gc", "--grace", "0", "--dry-run", "--json").lines
    assert home.objects() == before, "a dry run frees nothing"
    assert would["versions"] == [[first["asset_id"], first["version"]]]
    listed = home.run("gc", "--grace", "0", "--dry-run")
    assert listed.out.splitlines() == would["keys"]
    (did,) = home.run("gc", "--grace", "0", "--json").lines
    assert {**did, "dry_run": True} == would, "it frees what it said"

    after = home.objects()
    assert set(before) - set(after) == set(did["keys"])
    assert did["size_bytes"] == sum(len(before[key]) for key in did["keys"])
    assert not folder(home, first).exists()
    assert home.published(second) == kept
    assert faults(folder(home, second) / "main.m3u8") == []
    objects = {key.rpartition("/")[2].partition(".")[0] for key in after if key.startswith("work/")}
    assert objects == {key for (key,) in shared}, "in one go: the work of the rung that is gone, nothing else"
    assert home.run("gc", "--grace", "0", "--json").lines[0]["keys"] == []
    assert home.ingest(clip, "--ladder", ladder).events("attempt-ended") == []


def test_a_source_that_is_gone_can_be_named_anew(
    home: Home, clip: Path, ladder: Path, taller: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(clip.read_bytes())
    first = home.ingest(moved, "--ladder", ladder).ending
    moved.unlink()
    lost = home.run("republish", first["asset_id"], "--ladder", taller, "--json")
    assert (lost.code, lost.ending["code"]) == (2, "source-not-found")
    assert str(moved) in lost.ending["message"]
    assert faults(folder(home, first) / "main.m3u8") == []
    found = home.ingest(clip, "--ladder", taller)
    assert (found.code, found.ending["asset_id"]) == (0, first["asset_id"])
    assert {line["rendition"] for line in found.events("chunk-encoded")} == {"video-2"}


def test_previews_are_collected(home: Home, clip: Path, ladder: Path) -> None:
    done = home.ingest(clip, "--ladder", ladder, "--preview")
    (preview,) = done.events("preview-published")
    assert (home.store / preview["playlist"]).exists()
    home.run("gc", "--grace", "0")
    assert not folder(home, preview).exists()
    assert faults(folder(home, done.ending) / "main.m3u8") == []


def test_removing_leaves_no_object_and_no_row(home: Home, clip: Path, ladder: Path, taller: Path) -> None:
    first = home.ingest(clip, "--ladder", ladder, "--preview").ending
    home.run("republish", first["asset_id"], "--ladder", taller)
    objects = home.objects()
    (removed,) = home.run("remove", first["asset_id"], "--json").lines
    assert removed == {"asset_id": first["asset_id"], "objects": len(objects)}
    assert home.objects() == {}
    assert {table: count for table, count in rows(home).items() if count} == {"event": 1}, "its removal"
    assert [path for path in (home.store / "assets", home.store / "work") if path.exists()] == []
    gone = home.run("show", first["asset_id"], "--json")
    assert (gone.code, gone.ending["code"]) == (2, "asset-not-found")
    again = home.ingest(clip, "--ladder", ladder)
    assert again.ending["asset_id"] != first["asset_id"]
    assert len(again.events("chunk-encoded")) == 8


def test_removing_one_of_two_leaves_the_other_whole(
    home: Home, clip: Path, ladder: Path, make_clip: MakeClip
) -> None:
    one = home.ingest(clip, "--ladder", ladder).ending
    other = home.ingest(make_clip("other", seconds=1), "--ladder", ladder).ending
    kept = home.published(other)
    home.run("remove", one["asset_id"])
    assert home.published(other) == kept
    assert home.run("ls", "--json").lines[0]["id"] == other["asset_id"]
    again = home.ingest(make_clip("other", seconds=1), "--ladder", ladder)
    assert again.events("attempt-ended") == []
