"""Several processes in one home at once: ingests, and every other command beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7.check import check_presentation
from codek7.hub import Hub
from codek7.upkeep import remove_asset
from tests.cli.program import Home, faults, nothing_is_left
from tests.conftest import MakeClip


@pytest.fixture(scope="module")
def sources(make_clip: MakeClip) -> list[Path]:
    return [make_clip("one", seconds=2), make_clip("two", seconds=1, fps="25")]


def test_two_ingests_at_once(home: Home, sources: list[Path], ladder: Path) -> None:
    running = [home.start("ingest", source, "--ladder", ladder, "--json") for source in sources]
    ended = [process.end() for process in running]
    assert [(done.code, done.ending["event"]) for done in ended] == [(0, "asset-published")] * 2
    for done in ended:
        assert faults(home.store / done.ending["playlist"]) == []
    assert home.sql("select count(distinct id), count(*) from asset where state = 'published'") == [[2, 2]]
    assert home.scratch() == []


def test_the_same_source_twice_at_once(home: Home, sources: list[Path], ladder: Path) -> None:
    """One waits for the other, finds its asset, and has nothing left to encode."""
    running = [home.start("ingest", sources[0], "--ladder", ladder, "--json") for _ in range(2)]
    ended = [process.end() for process in running]
    assert [done.code for done in ended] == [0, 0]
    assert ended[0].ending == ended[1].ending
    assert sorted(len(done.events("chunk-encoded")) for done in ended) == [0, 8]
    assert faults(home.store / ended[0].ending["playlist"]) == []
    assert home.sql("select state from asset") == [["published"]]
    assert home.sql("select key from chunk group by key having count(*) > 1") == []


def test_every_command_beside_a_running_ingest(
    home: Home, sources: list[Path], ladder: Path, slow: Path
) -> None:
    other = home.ingest(sources[1], "--ladder", ladder).ending
    home.run("republish", other["asset_id"], "--policy", "source")
    go_on = home.patient()
    process = home.start("ingest", sources[0], "--ladder", slow, "--cores", "1", "--preview", "--json")
    asset = process.hear("preview-published")["asset_id"]
    for arguments in (
        ["ls"], ["show", asset], ["sql", "from chunk"], ["plugins"], ["config", "show"],
        ["gc", "--dry-run"], ["gc", "--grace", "0"], ["probe", sources[0]], ["plan", sources[0]],
        ["check", home.store / other["playlist"]], ["remove", other["asset_id"]],
    ):  # fmt: skip
        done = home.run(*arguments)
        assert (done.code, arguments) == (0 if arguments[0] != "check" else 1, arguments), done.err
    assert not process.over
    go_on.touch()
    done = process.end()
    assert (done.code, done.ending["event"], done.err) == (0, "asset-published", "")
    assert faults(home.store / done.ending["playlist"]) == []
    assert home.sql("select id, state from asset") == [[asset, "published"]]
    assert all(f"/{asset}/" in key for key in home.objects("assets/"))


def test_collecting_takes_nothing_that_a_running_job_has_made(home: Home, clip: Path, slow: Path) -> None:
    """Again and again, without any grace, from the first object to the last."""
    go_on = home.patient()
    process = home.start("ingest", clip, "--ladder", slow, "--cores", "1", "--preview", "--json")
    process.hear("ladder-planned")
    unknown = home.store / "work" / "ab" / f"{'ab' * 32}.m4s"
    unknown.parent.mkdir(parents=True, exist_ok=True)
    unknown.write_bytes(b"just made, and not yet in the catalog")
    spared = 0
    while not process.over:
        assert home.run("gc", "--grace", "0").code == 0
        for preview in home.store.glob("assets/*/preview-*/main.m3u8"):
            missing = [each for each in check_presentation(str(preview)).faults if "unreadable" in each.rule]
            assert missing == []
        if home.sql("select state from asset") == [["working"]]:
            assert unknown.exists()
            spared += 1
            go_on.touch()
    done = process.end()
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    assert faults(home.store / done.ending["playlist"]) == []
    assert spared > 0
    assert home.run("gc", "--grace", "0").code == 0
    assert not unknown.exists(), "nobody works here any more, and nobody knows it"


def test_an_asset_that_is_removed_while_it_is_made(home: Home, sources: list[Path], slow: Path) -> None:
    """The job ends, saying why, and nothing of the asset stays or comes back."""
    go_on = home.patient()
    process = home.start("ingest", sources[0], "--ladder", slow, "--cores", "1", "--preview", "--json")
    asset = process.hear("preview-published")["asset_id"]
    with Hub.open(home.path, environ={}) as hub:  # a command might start only when the job is done
        remove_asset(hub.catalog, hub.store, hub.home, asset)
    go_on.touch()
    done = process.end()
    assert (done.code, done.ending["code"]) == (2, "asset-not-found")
    assert home.sql("select id from asset") == []
    assert home.objects("assets/") == {}
    assert home.run("gc", "--grace", "0").code == 0
    assert home.objects() == {}
    nothing_is_left(home)
