"""What all views share."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7.core.errors import ToolMissing
from codek7.lab.views import words
from codek7.lab.views.bundle import module
from codek7.lab.views.colours import hue, size_colour
from codek7.lab.views.drawing import Scale, log_ticks, ticks


def test_where_nothing_was_built_it_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="not built") as failed:
        module("explorer", tmp_path)
    assert "make pages" in failed.value.hint


def test_each_module_defines_a_widget_and_asks_nobody_for_anything() -> None:
    for name in ("explorer", "compare", "timeline", "editor", "player", "storyboard"):
        text = module(name)
        assert "export{" in text
        assert "import(" not in text
        assert "innerHTML" not in text


def test_sizes_have_colours_of_their_own() -> None:
    sizes = [(416, 234), (640, 360), (768, 432), (960, 540), (1280, 720), (1920, 1080), (2560, 1440)]
    hues = [hue(*size) for size in sizes]
    assert all(min((a - b) % 360, (b - a) % 360) >= 20 for a in hues for b in hues if a != b)
    assert len(set(hues)) == len(sizes)
    assert hue(1080, 1920) == hue(1920, 1080)
    assert hue(8, 8) == hue(16, 16)
    assert size_colour(29, lightness=0.628, chroma=0.2577).startswith("#f")  # about sRGB's red


def test_scales_and_ticks() -> None:
    assert Scale(0, 10, 100, 200)(5) == 150
    assert Scale(10, 1000, 0, 2, log=True)(100) == pytest.approx(1)
    assert ticks(0.2, 99, 5) == [20, 40, 60, 80]
    assert ticks(3, 3) == [3]
    assert log_ticks(90, 2_100) == [100, 200, 500, 1000, 2000]


def test_words() -> None:
    assert [words.rate(bps) for bps in (850_000, 999_600, 2_351_000, 24_000_000)] == [
        "850 kb/s", "1.00 Mb/s", "2.35 Mb/s", "24.0 Mb/s",
    ]  # fmt: skip
    assert words.round_rate(1_000_000) == "1 Mb/s"
    assert [words.size(size) for size in (640_000, 12_400_000, 3_200_000_000)] == [
        "640 kB", "12.4 MB", "3.20 GB",
    ]  # fmt: skip
    assert [words.percent(value) for value in (-21.43, 3, -0.04)] == ["−21.4 %", "+3.0 %", "+0.0 %"]
    assert [words.clock(time) for time in (9_900_000, 3_723_000_000)] == ["0:09", "1:02:03"]
