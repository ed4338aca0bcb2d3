"""What the README shows a newcomer works as written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MakeClip

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()


@pytest.mark.media
def test_a_first_ingest_from_python(make_clip: MakeClip, tmp_path: Path) -> None:
    [script] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    shutil.copy(make_clip("holiday", container="mov", seconds=2), tmp_path / "holiday.mov")
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *_, ending, url = done.stdout.splitlines()
    assert ending.endswith(" AssetPublished")
    assert Path(url.removeprefix("file://")).read_text().startswith("#EXTM3U")


def test_its_verbs_are_the_commands() -> None:
    from codek7.cli.main import VERBS

    shown = re.findall(r"^\$ codek7 ([a-z]+)|; codek7 ([a-z]+)", README, re.MULTILINE)
    assert {first or second for first, second in shown} <= VERBS.keys()
