"""Storyboards: every instant has one tile, tiles do not overlap, and there are never too many."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.storyboard import MOST_TILES, SHEET_COLUMNS, SHEET_ROWS, SHORTEST_US, plan_storyboard

SECOND = 1_000_000


def seconds(count: int) -> list[int]:
    return [n * SECOND for n in range(count)]


@given(
    st.lists(st.integers(0, 20_000 * SECOND), min_size=1, max_size=1000, unique=True).map(sorted),
    st.integers(1, 20_000 * SECOND),
)
def test_tiles_cover_the_duration_once(times_us: list[int], duration_us: int) -> None:
    tiles = plan_storyboard(times_us, duration_us, (854, 480)).tiles
    assert len(tiles) <= MOST_TILES
    assert bool(tiles) == any(time < duration_us for time in times_us)
    for before, after in pairwise(tiles):
        assert before.end_us == after.start_us == times_us[after.picture]
    assert all(tile.start_us < tile.end_us for tile in tiles)
    if tiles:
        assert (tiles[0].start_us, tiles[-1].end_us) == (0, duration_us)
        assert duration_us <= (len(tiles) + 1) * SHORTEST_US * 20_000


@given(st.integers(1, 1000), st.integers(1, 4000), st.integers(1, 4000))
def test_tiles_lie_side_by_side_within_their_sheet(count: int, width: int, height: int) -> None:
    plan = plan_storyboard(seconds(count), count * SECOND, (width, height))
    assert 1 <= plan.width <= width
    assert 1 <= plan.height <= height
    assert max(plan.width, plan.height) <= 160
    for number, tiles in enumerate(plan.sheets()):
        assert len({(tile.x, tile.y) for tile in tiles}) == len(tiles) <= SHEET_COLUMNS * SHEET_ROWS
        assert {tile.sheet for tile in tiles} == {number}
        columns, rows = (
            side // tile for side, tile in zip(plan.sheet_size(tiles), (plan.width, plan.height), strict=True)
        )
        assert (columns, rows) == (min(len(tiles), SHEET_COLUMNS), -(-len(tiles) // SHEET_COLUMNS))
        assert all(tile.x % plan.width == 0 and tile.y % plan.height == 0 for tile in tiles)


@pytest.mark.parametrize(
    ("size", "tile"),
    [
        ((854, 480), (160, 90)),
        ((270, 480), (90, 160)),
        ((1280, 272), (160, 34)),
        ((64, 48), (64, 48)),
        ((2, 2), (2, 2)),
    ],
)
def test_tiles_keep_the_shape(size: tuple[int, int], tile: tuple[int, int]) -> None:
    plan = plan_storyboard([0], SECOND, size)
    assert (plan.width, plan.height) == tile


def test_the_index_points_at_each_tile() -> None:
    plan = plan_storyboard(seconds(102), 101_500_000, (854, 480))
    blocks = plan.index().decode().rstrip("\n").split("\n\n")
    assert blocks[0] == "WEBVTT"
    assert blocks[1] == "00:00:00.000 --> 00:00:01.000\nstoryboard-001.jpg#xywh=0,0,160,90"
    assert blocks[12] == "00:00:11.000 --> 00:00:12.000\nstoryboard-001.jpg#xywh=160,90,160,90"
    assert blocks[102] == "00:01:41.000 --> 00:01:41.500\nstoryboard-002.jpg#xywh=160,0,160,90"
    assert len(blocks) == 103
    assert all(
        re.fullmatch(r"[\d:.]+ --> [\d:.]+\nstoryboard-\d{3}\.jpg#xywh=(\d+,){3}\d+", b) for b in blocks[1:]
    )


def test_the_pictures_of_shots_come_after_those_of_seconds() -> None:
    shots = [0, 400_000, SECOND, 1_300_000, 1_800_000, 2 * SECOND]
    assert [tile.picture for tile in plan_storyboard(shots, 3 * SECOND, (854, 480)).tiles] == [0, 2, 5]


def test_a_poster_is_looked_for_early_but_not_at_the_start() -> None:
    starts = [
        tile.start_us // SECOND
        for tile in plan_storyboard(seconds(100), 100 * SECOND, (16, 9)).poster_candidates()
    ]
    assert (starts[0], starts[-1]) == (5, 50)
    only = plan_storyboard([0], SECOND, (16, 9))
    assert only.poster_candidates() == only.tiles
