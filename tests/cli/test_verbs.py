"""Every verb's help, and what those that only read print for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from codek7.check import Fault
from codek7.cli.main import VERBS, cli
from codek7.core.ladder import Ladder
from codek7.core.media import MediaInfo
from codek7.core.timeline import Timeline
from codek7.core.values import from_json, from_plain
from codek7.files import read_ladder
from tests.cli.conftest import Ingested
from tests.cli.program import Home
from tests.conftest import MakeClip

FOR_PROGRAMS_ANYWAY = {"key new", "key revoke", "nginx", "serve"}
"""They print one value, a configuration, or nothing."""


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its name in full."""
    context = click.Context(group)
    for name in [*VERBS] if group is cli else group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


@pytest.mark.parametrize(("name", "command"), [*commands(cli)], ids=[name for name, _ in commands(cli)])
def test_the_help_of_every_verb_has_examples_that_its_options_allow(
    name: str, command: click.Command
) -> None:
    assert command.help
    assert command.epilog
    known = {option for parameter in command.params for option in parameter.opts} | {"|"}
    examples = [line for line in command.epilog.splitlines() if f"codek7 {name}" in line]
    assert examples
    for example in examples:
        ours = example.partition("|")[0].partition(f"codek7 {name}")[2]
        used = {word for word in ours.split() if word.startswith("-")}
        assert used <= known, example
    if "--json" not in known and name not in FOR_PROGRAMS_ANYWAY:
        pytest.fail(f"{name} speaks to no program")


def test_the_help_names_every_verb(home: Home) -> None:
    done = home.start("--help").end()
    assert (done.code, done.err) == (0, "")
    assert [verb for verb in VERBS if f"\n  {verb} " not in done.out] == []
    assert "Exit codes:" in done.out


def test_the_command_and_the_module_are_one() -> None:
    script = Path(sys.executable).with_name("codek7")
    said = [
        subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
        for command in ([script], [sys.executable, "-m", "codek7"])
    ]
    assert said[0] == said[1]
    assert said[0].startswith("codek7 ")


# what a source holds


@pytest.mark.media
def test_probe(home: Home, make_clip: MakeClip) -> None:
    clip = make_clip("turned", seconds=1, rotation=90, fps="30000/1001")
    (info,) = home.run("probe", clip, "--json").lines
    assert info.keys() >= {"container", "duration_us", "tracks"}
    assert "mp4" in info["container"]
    assert info["duration_us"] == pytest.approx(1_000_000, abs=50_000)
    (video,) = (track for track in info["tracks"] if track["kind"] == "video")
    assert (video["codec"], video["width"], video["height"]) == ("h264", 320, 180)
    assert (video["rotation"], video["frame_rate"]) == (270, "30000/1001")
    (audio,) = (track for track in info["tracks"] if track["kind"] == "audio")
    assert (audio["codec"], audio["channels"]) == ("aac", 2)
    assert from_plain(info, MediaInfo).video is not None
    people = home.run("probe", clip)
    assert (people.code, people.err) == (0, "")
    assert "320x180" in people.out
    assert not (home.path / "catalog.duckdb").exists(), "looking leaves no trace in the catalog"


def test_plan_prints_ladder_and_timeline(home: Home, clip: Path) -> None:
    (plan,) = home.run("plan", clip, "--json").lines
    ladder, timeline = from_plain(plan["ladder"], Ladder), from_plain(plan["timeline"], Timeline)
    assert plan["hash"] == ladder.hash
    assert (timeline.cuts[0], timeline.duration_us) == (0, 3_000_000)
    people = home.run("plan", clip)
    assert (people.code, people.err) == (0, "")
    assert ladder.hash[:12] in people.out


@pytest.mark.parametrize("suffix", ["toml", "json"])
def test_a_plan_that_is_written_is_what_an_ingest_with_it_does(
    home: Home, make_clip: MakeClip, tmp_path: Path, suffix: str
) -> None:
    clip = make_clip("short", seconds=1)
    path = tmp_path / f"ladder.{suffix}"
    (plan,) = home.run("plan", clip, "--policy", "source", "-o", path, "--json").lines
    assert read_ladder(path).hash == plan["hash"]
    (again,) = home.run("plan", clip, "--ladder", path, "--json").lines
    assert again == plan
    (planned,) = home.ingest(clip, "--ladder", path).events("ladder-planned")
    assert planned["ladder_hash"] == plan["hash"]


# what a home holds


def test_ls_and_show(ingested: Ingested) -> None:
    (asset,) = ingested.home.run("ls", "--json").lines
    assert (asset["id"], asset["title"], asset["state"]) == (ingested.asset, "A clip", "published")
    assert asset["playlist"] == ingested.done.ending["playlist"]
    head, row = ingested.home.run("ls").out.splitlines()
    assert head.split("\t") == ["id", "state", "visibility", "duration", "title", "reason"]
    assert row.split("\t") == [ingested.asset, "published", "public", "0:03.0", "A clip", ""]
    (detail,) = ingested.home.run("show", ingested.asset, "--json").lines
    assert detail["asset"] == asset
    kinds = {"asset", "media", "ladders", "renditions", "versions", "verdicts", "jobs", "events"}
    assert detail.keys() >= kinds
    assert [rendition["name"] for rendition in detail["renditions"]] == ["video-0", "video-1", "audio-0"]
    attempts = detail["jobs"][0]["attempts"]
    assert {attempt["outcome"] for attempt in attempts} == {"done"}
    assert all("ffmpeg" in attempt["command"] for attempt in attempts)
    people = ingested.home.run("show", ingested.asset)
    assert (people.code, people.err) == (0, "")
    assert "title: A clip" in people.out


def test_sql(ingested: Ingested) -> None:
    done = ingested.home.run("sql", "select name, kind, size_bytes from rendition order by all", "--json")
    assert [list(row) for row in done.lines] == [["name", "kind", "size_bytes"]] * 3
    assert [row["name"] for row in done.lines] == ["audio-0", "video-0", "video-1"]
    people = ingested.home.run("sql", "select count(*) as many from rendition")
    assert (people.code, people.out, people.err) == (0, "many\n3\n", "")
    limited = ingested.home.run("sql", "from range(50)", "--limit", "2", "--json")
    assert limited.lines == [{"range": 0}, {"range": 1}]


def test_check_finds_nothing_in_what_we_publish(ingested: Ingested) -> None:
    done = ingested.home.run("check", ingested.main, "--json", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")
    people = ingested.home.run("check", ingested.main, "--quiet")
    assert (people.code, people.out) == (0, "")
    assert people.err.startswith("0 faults, ")


def test_check_names_a_fault_by_rule_and_place(ingested: Ingested, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for path in ingested.main.parent.rglob("*"):
        if path.is_file():
            (copy / path.relative_to(ingested.main.parent)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(ingested.main.parent)).write_bytes(path.read_bytes())
    main = (copy / "main.m3u8").read_text()
    (copy / "main.m3u8").write_text(main.replace("RESOLUTION=96x54", "RESOLUTION=98x54"))
    (copy / "video-1" / "00001.m4s").unlink()
    done = ingested.home.run("check", copy / "main.m3u8", "--json", "--quiet")
    assert (done.code, done.err) == (1, "")
    for line in done.out.splitlines():
        assert json.loads(line).keys() == {"rule", "where", "said", "found", "level"}
        assert from_json(line, Fault).level == "must"
    said = [f"{line['rule']} {line['where']} {line['said']} {line['found']}" for line in done.lines]
    assert any("98x54" in line and "96x54" in line for line in said)
    assert any("video-1" in line for line in said)
    people = ingested.home.run("check", copy / "main.m3u8", "--quiet")
    assert (people.code, len(people.out.splitlines())) == (1, len(said))
    assert all(line.startswith("fault ") for line in people.out.splitlines())


def test_config_show_says_what_won_and_where(home: Home) -> None:
    home.path.mkdir()
    (home.path / "codek7.toml").write_text('policy = "source"\ncores = 3\n')
    (shown,) = home.set(cores="2").run("config", "show", "--json").lines
    assert shown["home"] == str(home.path)
    settings = {each["name"]: (each["value"], each["from"]) for each in shown["settings"]}
    assert settings["policy"] == ("source", f"{home.path}/codek7.toml, line 1")
    assert settings["cores"] == (2, "CODEK7_CORES")
    assert settings["tries"][1] == "default"
    people = home.run("config", "show")
    assert (people.code, people.err) == (0, "")
    assert f"policy\tsource\t{home.path}/codek7.toml, line 1" in people.out


def test_plugins(home: Home) -> None:
    found = home.run("plugins", "--json").lines
    assert {"probe_av", "plan_ladder", "encode_video"} <= {plugin["name"] for plugin in found}
    assert all(plugin.keys() >= {"name", "version", "origin", "hooks", "error"} for plugin in found)
    people = home.run("plugins")
    assert (people.code, people.err) == (0, "")
    assert "plan_ladder" in people.out


def test_plugins_that_answered_and_in_how_long(home: Home, clip: Path) -> None:
    calls = home.run("plugins", "--trace", clip, "--json").lines
    assert all(call.keys() == {"hook", "plugin", "answered", "took_us", "error"} for call in calls)
    answered = {(call["hook"], call["plugin"]) for call in calls if call["answered"]}
    assert {("codek7_probe", "probe_av"), ("codek7_plan_ladder", "plan_ladder")} <= answered


def test_doctor(home: Home) -> None:
    done = home.run("doctor", "--json")
    assert done.code == 0, "this machine runs the tests, so nothing is missing"
    assert {finding["topic"] for finding in done.lines} >= {"ffmpeg", "cores", "disk"}
    assert all(finding.keys() == {"topic", "status", "found", "advice"} for finding in done.lines)
    broken = home.set(ffmpeg="/nowhere/ffmpeg").run("doctor", "--json")
    assert broken.code == 1
    assert any(finding["status"] == "missing" and finding["advice"] for finding in broken.lines)


def test_a_new_plugin_is_a_folder(home: Home, tmp_path: Path) -> None:
    (made,) = home.run("plugin", "new", "night-shift", "--into", tmp_path, "--json").lines
    assert made == {"name": "codek7-night-shift", "folder": str(tmp_path / "codek7-night-shift")}
    assert (tmp_path / "codek7-night-shift" / "pyproject.toml").is_file()
    again = home.run("plugin", "new", "night-shift", "--into", tmp_path)
    assert (again.code, again.out) == (2, "")
    assert home.start("plugin", "new", "day-shift", cwd=tmp_path).end().out == "codek7-day-shift\n"


READING: list[list[str]] = [
    ["ls"], ["ls", "--json"], ["sql", "show tables"], ["gc", "--dry-run"], ["gc"], ["config", "show"],
    ["plugins"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_a_home_where_nothing_happened_yet_is_empty(home: Home, arguments: list[str]) -> None:
    done = home.run(*arguments)
    assert done.code == 0, done.err
    assert not (home.path / "catalog.duckdb").exists()
