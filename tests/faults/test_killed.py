"""codek7 killed at any moment: the same command finishes what was begun, as if nothing had happened."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from tests.cli.program import Done, Home, Json, faults, nothing_is_left
from tests.conftest import MakeClip
from tests.ffmpeg.processes import until

SEEDS = range(6)
KILLS = 4
"""At most so many for each seed, before the command is left alone."""

FINE = """\
segment_us = 500000
idr_us = 250000

[[audio]]
channels = 2
bitrate_bps = 64000

[[rungs]]
width = 96
height = 54
crf = 30
ceiling_bps = 400000
preset = "fast"

[[rungs]]
width = 192
height = 108
crf = 30
ceiling_bps = 900000
preset = "fast"
"""
"""Many short segments, so that there is much to be killed in the middle of."""

UNFINISHED = {"asset-published", "asset-held", "asset-refused", "error"}


@pytest.fixture(scope="module")
def clip(make_clip: MakeClip) -> Path:
    """Four chunks, two languages, and subtitles to package."""
    return make_clip("killed", seconds=4, audio=("eng", "deu"), subtitles=("eng",), container="mkv")


@pytest.fixture(scope="module")
def command(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[object, ...]:
    ladder = tmp_path_factory.mktemp("killed") / "fine.toml"
    ladder.write_text(FINE)
    return ("ingest", clip, "--ladder", ladder, "--preview", "--json")


class Whole:
    """A run that nothing disturbed."""

    def __init__(self, home: Home, done: Done) -> None:
        self.done = done
        self.objects = home.published(done.ending)
        self.events = [line["event"] for line in done.lines]
        self.work = {key for key in home.objects("work/") if not key.endswith(".json")}


@pytest.fixture(scope="module")
def whole(command: tuple[object, ...], tmp_path_factory: pytest.TempPathFactory) -> Whole:
    home = Home(tmp_path_factory.mktemp("whole") / "home")
    done = home.run(*command)
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    return Whole(home, done)


def kill_at_random(home: Home, command: tuple[object, ...], whole: Whole, chance: random.Random) -> bool:
    """Kills a run a moment after one of its events, or before the first; whether it was still running.

    Counting in events and not in time finds the moments of a slow machine, too.
    """
    process = home.start(*command)
    if at := chance.randrange(len(whole.events)):
        process.wait_for_lines(at)
    time.sleep(chance.choice([0, chance.random() / 100, chance.random() / 4]))
    process.send(signal.SIGKILL)
    return process.end().code == -signal.SIGKILL


def what_plays_is_whole(home: Home) -> None:
    """Whatever has a main playlist names nothing that is missing, and obeys every rule."""
    for main in home.store.glob("assets/*/*/main.m3u8"):
        found = faults(main)
        if main.parent.name.startswith("preview-"):
            found = [fault for fault in found if "unreadable" in fault]
        assert found == [], main


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_random_moments(home: Home, command: tuple[object, ...], whole: Whole, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(KILLS):
        was_running = kill_at_random(home, command, whole, chance)
        until(lambda: home.processes() == [], "what it had started to end with it")
        what_plays_is_whole(home)
        if not was_running:
            break

    done = home.run(*command)
    assert (done.code, done.err) == (0, "")
    assert_as_if_nothing_had_happened(home, done.ending, whole)
    nothing_is_left(home)
    assert home.run(*command).events("attempt-ended", "chunk-encoded", "chunk-reused") == []


def assert_as_if_nothing_had_happened(home: Home, ending: Json, whole: Whole) -> None:
    assert ending["version"] == whole.done.ending["version"]
    objects = home.published(ending)
    assert sorted(objects) == sorted(whole.objects)
    differing = [path for path, body in objects.items() if body != whole.objects[path]]
    assert differing == [], "byte for byte, playlists and media"
    assert faults(home.store / ending["playlist"]) == []
    assert whole.work == {key for key in home.objects("work/") if not key.endswith(".json")}
    assert home.sql("select count(*), any_value(state) from asset") == [[1, "published"]]
    done_twice = """
        select key, count(*) from (select unnest(keys) as key from attempt where outcome = 'done')
        group by key having count(*) > 1"""
    assert home.sql(done_twice) == [], "no finished chunk is encoded again"
    assert home.sql("select key, count(*) from chunk group by key having count(*) > 1") == []
    (known,) = home.sql("select count(*) from chunk")[0]
    assert known == len([key for key in whole.work if key.endswith(".m4s")])
