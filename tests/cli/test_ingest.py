"""`codek7 ingest`: what a program reads of it, line by line, and the exit codes it decides on."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from codek7.core.error_codes import EXIT_CODES
from codek7.core.events import AnyEvent, Event, name_of
from codek7.core.values import from_json
from tests.cli.conftest import Ingested
from tests.cli.program import Home, faults

pytestmark = pytest.mark.media


def test_the_last_line_says_what_is_published_and_where(ingested: Ingested) -> None:
    done = ingested.done
    assert (done.code, done.err) == (0, "")
    ending = done.ending
    assert ending["event"] == "asset-published"
    assert set(ending) >= {
        "asset_id",
        "version",
        "playlist",
        "url",
        "renditions",
        "size_bytes",
        "duration_us",
    }
    assert Path(unquote(urlsplit(ending["url"]).path)) == ingested.main
    assert faults(ingested.main) == []
    assert (ending["renditions"], ending["duration_us"]) == (3, 3_000_000)
    assert ending["size_bytes"] == sum(map(len, ingested.home.published(ending).values()))


def test_every_line_is_an_event_of_this_asset(ingested: Ingested) -> None:
    kind: Any = AnyEvent
    events: list[Event] = [from_json(line, kind) for line in ingested.done.out.splitlines()]
    assert {event.asset_id for event in events} == {ingested.asset}
    assert [name_of(event) for event in events if name_of(event) not in FREE] == [
        "asset-created",
        "media-probed",
        "ladder-planned",
        "verdict-given",
        "presentation-packaged",
        "presentation-checked",
        "asset-published",
    ]
    assert len(ingested.done.events("chunk-encoded")) == 2 * 4, "two rungs, a sound and samples in 2 chunks"


FREE = {"work-progressed", "attempt-ended", "chunk-encoded"}
"""These come as the work goes."""


def test_people_get_the_playlists_address_alone(
    ingested: Ingested, clip: Path, ladder: Path, home: Home
) -> None:
    done = home.run("ingest", clip, "--ladder", ladder)
    assert (done.code, done.err) == (0, "")
    (url,) = done.out.splitlines()
    assert url.endswith("/main.m3u8")
    assert faults(Path(unquote(urlsplit(url).path))) == []


def test_again_it_encodes_nothing_and_names_the_same_version(clip: Path, ladder: Path, home: Home) -> None:
    first = home.ingest(clip, "--ladder", ladder)
    objects = home.objects()
    again = home.ingest(clip, "--ladder", ladder, "--title", "Another title")
    assert again.code == 0
    assert again.ending == first.ending
    assert home.objects() == objects
    assert again.events("attempt-ended", "chunk-encoded", "chunk-reused") == []
    assert home.sql("select title, state from asset") == [["Another title", "published"]]


def test_what_was_deleted_from_the_store_is_published_again(clip: Path, ladder: Path, home: Home) -> None:
    first = home.ingest(clip, "--ladder", ladder)
    before = home.published(first.ending)
    (home.store / first.ending["playlist"]).unlink()
    again = home.ingest(clip, "--ladder", ladder)
    assert again.ending == first.ending
    assert home.published(again.ending) == before


def test_a_preview_is_announced_and_grows(clip: Path, ladder: Path, home: Home) -> None:
    done = home.ingest(clip, "--ladder", ladder, "--preview")
    (preview,) = done.events("preview-published")
    names = [line["event"] for line in done.lines]
    assert names.index("preview-published") < names.index("asset-published")
    main = home.store / preview["playlist"]
    for rendition in ("video-0", "video-1", "audio-0"):
        playlist = (main.parent / rendition / "index.m3u8").read_text().splitlines()
        assert playlist[-1] == "#EXT-X-ENDLIST"
        named = {line for line in playlist if not line.startswith("#")}
        assert named == {path.name for path in (main.parent / rendition).glob("*.m4s")}


HOLDING = """\
from codek7 import Verdict, hookimpl

@hookimpl
def codek7_moderate(asset):
    decision = {"Held": "review", "Refused": "block"}.get(asset.title, "allow")
    return Verdict(moderator="titles@1", decision=decision, reason="the title says so")
"""
RAISING = """\
from codek7 import hookimpl

@hookimpl
def codek7_moderate(asset):
    raise LookupError("of all things")
"""
BOTTOM_RUNG = """\
from msgspec.structs import replace
from codek7 import hookimpl

@hookimpl(wrapper=True)
def codek7_plan_ladder(info, policy):
    ladder = yield
    return replace(ladder, rungs=ladder.rungs[:1], planner="bottom@1")
"""


def write_plugin(home: Home, code: str) -> None:
    home.path.mkdir(mode=0o700)
    (home.path / "codek7_plugins.py").write_text(code)
    (home.path / "codek7_plugins.py").chmod(0o600)


def test_moderation_decides_the_exit_code(clip: Path, ladder: Path, home: Home) -> None:
    """Of one source, by its title: published, held while what plays goes on, refused and gone, and published
    again, where those who knew the old address do not find it."""
    write_plugin(home, HOLDING)
    good = home.ingest(clip, "--ladder", ladder, "--title", "Good")
    assert good.code == 0
    held = home.ingest(clip, "--ladder", ladder, "--title", "Held")
    assert (held.code, held.ending["event"]) == (3, "asset-held")
    assert held.ending["reason"] == "titles@1: the title says so"
    assert home.published(good.ending), "what plays goes on playing until a person has decided"
    people = home.run("ingest", clip, "--ladder", ladder, "--title", "Held")
    assert (people.code, people.out) == (3, "")
    assert people.err == "held for review: titles@1: the title says so\n"
    refused = home.ingest(clip, "--ladder", ladder, "--title", "Refused")
    assert (refused.code, refused.ending["event"]) == (4, "asset-refused")
    assert refused.ending["reason"] == "titles@1: the title says so"
    assert home.objects("assets/") == {}, "nothing of a refused asset is visible"
    assert home.sql("select state, version from asset") == [["refused", ""]]
    people = home.run("ingest", clip, "--ladder", ladder, "--title", "Refused")
    assert (people.code, people.out) == (4, "")
    assert people.err == "refused: titles@1: the title says so\n"
    again = home.ingest(clip, "--ladder", ladder, "--title", "Good")
    assert again.ending["event"] == "asset-published"
    assert again.ending["playlist"] != good.ending["playlist"]
    assert again.events("attempt-ended") == []
    assert home.published(again.ending)


def test_a_moderator_that_raises_is_named_and_holds(clip: Path, ladder: Path, home: Home) -> None:
    write_plugin(home, RAISING)
    done = home.ingest(clip, "--ladder", ladder)
    assert (done.code, done.ending["event"]) == (3, "asset-held")
    assert "codek7_plugins" in done.ending["reason"]
    assert "LookupError: of all things" in done.ending["reason"]
    (raised,) = done.events("plugin-raised")
    assert (raised["plugin"], raised["hook"]) == ("codek7_plugins", "codek7_moderate")


def test_a_plugin_in_the_home_changes_the_ladder(clip: Path, home: Home) -> None:
    write_plugin(home, BOTTOM_RUNG)
    done = home.run("plan", clip, "--json", "--policy", "standard")
    (plan,) = done.lines
    assert (len(plan["ladder"]["rungs"]), plan["ladder"]["planner"]) == (1, "bottom@1")


LYING = """\
from msgspec.structs import replace
from codek7 import hookimpl

@hookimpl(wrapper=True)
def codek7_package(presentation, frames):
    package = yield
    main = package.files[package.main].replace(b"RESOLUTION=96x54", b"RESOLUTION=98x54")
    return replace(package, files={**package.files, package.main: main})
"""


def test_a_presentation_with_a_fault_is_not_published(clip: Path, ladder: Path, home: Home) -> None:
    write_plugin(home, LYING)
    done = home.ingest(clip, "--ladder", ladder)
    assert (done.code, done.ending["event"], done.ending["code"]) == (1, "error", "presentation-faulty")
    assert "98x54" in done.ending["message"]
    assert done.events("presentation-checked")[0]["faults"]
    assert home.objects("assets/") == {}
    (home.path / "codek7_plugins.py").unlink()
    mended = home.ingest(clip, "--ladder", ladder)
    assert (mended.code, mended.events("attempt-ended")) == (0, [])


def test_media_that_cannot_be_used(tmp_path: Path, home: Home) -> None:
    text = tmp_path / "film.mp4"
    text.write_text("no media at all\n" * 100)
    done = home.ingest(text)
    assert done.code == 5
    assert done.ending["event"] == "error"
    assert done.ending["code"].startswith("media-")
    assert EXIT_CODES[done.ending["code"]] == 5
    assert done.ending["message"]
    people = home.run("ingest", text)
    assert (people.code, people.out) == (5, "")
    assert people.err.splitlines()[0] == f"error: {done.ending['message']}"
    assert home.objects() == {}
