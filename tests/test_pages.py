"""What the pages show of Python works as written, one example after the other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from codek7.core.ladder import Policy
from codek7.core.settings import Settings
from codek7.core.values import from_plain
from codek7.files import read_ladder
from tests.conftest import MakeClip

DOCS = Path(__file__).resolve().parents[1] / "docs"


def examples(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ, "PATH": path}
    )


@pytest.mark.media
def test_python(make_clip: MakeClip, tmp_path: Path) -> None:
    shutil.copy(make_clip("holiday", container="mov", seconds=2), tmp_path / "holiday.mov")
    scripts = [*examples("python.md", "python"), *examples("check.md", "python")]
    done = [run(tmp_path, "-c", script) for script in scripts]
    assert [each.stderr for each in done if each.returncode] == []
    published, refused, stopped, planned, looked, followed, checked = (each.stdout for each in done)
    assert "published " in published
    assert refused.startswith("source-not-found |")
    assert stopped == "[('interrupted',)]\n"
    assert "AssetPublished" in planned
    assert "b'#EXTM3U'" in looked
    assert followed.endswith("\n0\n")
    assert checked.startswith("True ")


@pytest.mark.media
def test_the_lab(make_clip: MakeClip, tmp_path: Path) -> None:
    """One sitting: the examples go on from each other."""
    shutil.copy(make_clip("holiday", container="mov", seconds=2), tmp_path / "holiday.mov")
    done = run(tmp_path, "-c", "\n".join(examples("lab.md", "python")))
    assert done.returncode == 0, done.stderr
    assert " probes; BD-rate " in done.stdout
    assert len(read_ladder(tmp_path / "ladder.toml").rungs) == done.stdout.count(" vmaf ")


@pytest.mark.media
def test_a_moderator_in_fifteen_lines(make_clip: MakeClip, tmp_path: Path) -> None:
    [plugin] = examples("moderation.md", "python")
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "codek7_plugins.py").write_text(plugin)
    (home / "codek7_plugins.py").chmod(0o644)
    clip = make_clip("dark", picture="color=black", seconds=2)
    done = run(tmp_path, "-m", "codek7", "ingest", str(clip), "--home", "home")
    assert done.returncode == 3, done.stderr
    assert "held for review: not-dark@1: " in done.stderr


def test_settings_and_policies() -> None:
    for settings in [
        *examples("moderation.md", "toml"),
        *examples("stores.md", "toml"),
        *examples("deployment.md", "toml"),
    ]:
        from_plain(tomllib.loads(settings), Settings)
    [tuned] = examples("tune.md", "toml")
    assert from_plain(tomllib.loads(tuned), Policy).tuning.top_score == 93
    policy, _ladder = examples("ladders.md", "toml")
    assert from_plain(tomllib.loads(policy), Policy).keep_hdr
