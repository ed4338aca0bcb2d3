"""docs/cli.md says what programs may rely on: every field it names is there."""

from __future__ import annotations

import re
from pathlib import Path

from codek7.core.error_codes import EXIT_CODES
from tests.cli.conftest import Ingested
from tests.cli.program import Home, Json
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "cli.md").read_text()
ROW = re.compile(r"^\| `(?P<verb>[a-z -]+)` \| an object[^|]* \| (?P<fields>.*) \|$", re.MULTILINE)
FIELDS = {row["verb"]: re.findall(r"`(\w+)`", row["fields"]) for row in ROW.finditer(PAGE)}
CODE = re.compile(r"^\| (\d+) \|", re.MULTILINE)


def test_all_exit_codes_are_documented() -> None:
    assert {int(code) for code in CODE.findall(PAGE)} == {0, 3, 4} | set(EXIT_CODES.values())


def test_every_verb_prints_the_fields_that_are_documented(
    ingested: Ingested, clip: Path, tmp_path: Path
) -> None:
    home, empty = ingested.home, Home(tmp_path / "home")
    removed = Home(tmp_path / "other").ingest(clip, "--policy", "source").ending["asset_id"]
    blocked = Home(tmp_path / "third").ingest(clip, "--policy", "source").ending["asset_id"]
    said: dict[str, list[Json]] = {
        "probe": home.run("probe", clip, "--json").lines,
        "plan": home.run("plan", clip, "--json").lines,
        "measure": home.run("measure", clip, clip, "--metric", "psnr", "--json").lines,
        "check": home.run("check", clip, "--json").lines,
        "ls": home.run("ls", "--json").lines,
        "show": home.run("show", ingested.asset, "--json").lines,
        "sql": home.run("sql", "select 1 as one", "--json").lines,
        "edit": Home(tmp_path / "third").run("edit", blocked, "--tag", "documented", "--json").lines,
        "block": Home(tmp_path / "third").run("block", blocked, "--json").lines,
        "remove": Home(tmp_path / "other").run("remove", removed, "--json").lines,
        "gc": empty.run("gc", "--json").lines,
        "config show": empty.run("config", "show", "--json").lines,
        "plugins": empty.run("plugins", "--json").lines,
        "plugins --trace": home.run("plugins", "--trace", clip, "--json").lines,
        "plugin new": empty.run("plugin", "new", "shift", "--into", tmp_path, "--json").lines,
        "doctor": home.run("doctor", "--json").lines,
    }
    assert said.keys() == FIELDS.keys()
    for verb, lines in said.items():
        assert lines, verb
        for line in lines:
            assert set(FIELDS[verb]) <= line.keys(), verb
    assert all(line["kind"] and line["codec"] for line in said["probe"][0]["tracks"])
