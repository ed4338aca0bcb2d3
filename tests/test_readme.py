"""What the README shows a newcomer works as written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codek7.files import read_ladder
from tests.conftest import MakeClip

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


INGEST, LAB = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def run(script: str, folder: Path, make_clip: MakeClip) -> list[str]:
    """What a script says in a folder with a clip."""
    shutil.copy(make_clip("holiday", container="mov", seconds=2), folder / "holiday.mov")
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.media
def test_a_first_ingest_from_python(make_clip: MakeClip, tmp_path: Path) -> None:
    *_, ending, url = run(INGEST, tmp_path, make_clip)
    assert ending.endswith(" AssetPublished")
    assert Path(url.removeprefix("file://")).read_text().startswith("#EXTM3U")


@pytest.mark.media
def test_a_ladder_in_the_lab(make_clip: MakeClip, tmp_path: Path) -> None:
    *rungs, verdict = run(LAB, tmp_path, make_clip)
    assert " probes; ladder " in verdict
    assert len(read_ladder(tmp_path / "ladder.toml").rungs) == len(rungs)


def test_its_verbs_are_the_commands() -> None:
    from codek7.cli.main import VERBS

    shown = re.findall(r"^\$ codek7 ([a-z]+)|; codek7 ([a-z]+)", README, re.MULTILINE)
    assert {first or second for first, second in shown} <= VERBS.keys()
