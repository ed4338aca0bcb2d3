"""Killed while publishing: at no step is there a main playlist that names what is not there."""

from __future__ import annotations

import signal
from itertools import pairwise
from pathlib import Path

from tests.cli.program import Home, faults
from tests.conftest import MakeClip

DYING = '''\
"""A store whose process dies just before it writes the n-th object that people could see."""

import os
import signal
from itertools import pairwise
from pathlib import Path

from codek7 import hookimpl
from codek7.plugins.store_fsspec.local import LocalStore

HOME = Path(os.environ["CODEK7_HOME"])


class Dying(LocalStore):
    left = int((HOME / "steps").read_text())

    def put(self, key, body):
        self.step(key)
        super().put(key, body)

    def copy(self, key, to):
        self.step(to)
        super().copy(key, to)

    def step(self, key):
        if key.startswith("assets/"):
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self.left -= 1


@hookimpl
def codek7_open_store(url, options):
    return Dying(HOME / "store")
'''


def test_killed_at_every_step_of_publishing(home: Home, make_clip: MakeClip) -> None:
    home.path.mkdir(mode=0o700)
    plugin = home.path / "codek7_plugins.py"
    plugin.write_text(DYING)
    plugin.chmod(0o600)
    command = ("ingest", make_clip("publishing", seconds=1), "--policy", "source", "--json")
    seen: list[set[str]] = []
    while True:
        (home.path / "steps").write_text(str(len(seen)))
        done = home.start(*command).end()
        if done.code != -signal.SIGKILL:
            break
        assert list(home.store.rglob("main.m3u8")) == [], "until everything else is there"
        seen.append(set(home.objects("assets/")))
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    objects = home.objects("assets/")
    assert len(seen) == len(objects) > 8
    assert seen[0] == set()
    assert all(before < later for before, later in pairwise(seen)), "one object at a time"
    assert set(objects) - seen[-1] == {done.ending["playlist"]}, "the main playlist is last"
    assert faults(home.store / done.ending["playlist"]) == []
    assert home.sql("select count(*) from attempt where outcome = 'done'") == [[2]], (
        "all of that with one encode"
    )


def test_a_new_version_is_published_beside_the_old_one(home: Home, make_clip: MakeClip, ladder: Path) -> None:
    """Killed in the middle of it, the old one plays on; garbage is collected, and it can be done again."""
    clip = make_clip("publishing", seconds=1)
    first = home.ingest(clip, "--policy", "source").ending
    before = home.published(first)
    plugin = home.path / "codek7_plugins.py"
    plugin.write_text(DYING)
    plugin.chmod(0o600)
    (home.path / "steps").write_text("7")
    killed = home.start("republish", first["asset_id"], "--ladder", ladder, "--json").end()
    assert killed.code == -signal.SIGKILL
    assert home.published(first) == before
    assert len(list(home.store.rglob("main.m3u8"))) == 1
    plugin.unlink()
    assert home.run("gc", "--grace", "0").code == 0
    assert home.published(first) == before
    done = home.run("republish", first["asset_id"], "--ladder", ladder, "--json")
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    assert done.events("attempt-ended") == []
    assert faults(home.store / done.ending["playlist"]) == []
