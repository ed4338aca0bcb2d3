"""Where the pictures of a storyboard go: tiles on sprite sheets, and the WebVTT index that players read."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codek7.core.records import TextCue
from codek7.core.webvtt import whole

MOST_TILES = 300
SHORTEST_US = 1_000_000
"""A tile stands for at least this long, and for longer where that would make more than `MOST_TILES`."""
TILE_SIDE = 160
"""The longer side of a tile."""
SHEET_COLUMNS = SHEET_ROWS = 10

POSTER_FROM, POSTER_UNTIL = 20, 2
"""A poster is looked for from a twentieth of the duration to its half: past the titles, before the end."""


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One picture, by its number among the samples: when it shows, and where its upper left corner is."""

    picture: int
    start_us: int
    end_us: int
    sheet: int
    x: int
    y: int


class Storyboard(msgspec.Struct, frozen=True, kw_only=True):
    """Tiles of one size in rising time, each sheet filled row by row."""

    width: int
    height: int
    tiles: tuple[Tile, ...]

    def sheets(self) -> tuple[tuple[Tile, ...], ...]:
        """The tiles of each sheet."""
        full = SHEET_COLUMNS * SHEET_ROWS
        return tuple(self.tiles[at : at + full] for at in range(0, len(self.tiles), full))

    def sheet_size(self, tiles: Sequence[Tile]) -> tuple[int, int]:
        """Width and height of the sheet with these tiles: no larger than they need."""
        return max(tile.x for tile in tiles) + self.width, max(tile.y for tile in tiles) + self.height

    def index(self) -> bytes:
        """The WebVTT index: for each span the sheet and, as a media fragment, the tile on it."""
        size = f"{self.width},{self.height}"
        return whole(
            TextCue(
                start_us=tile.start_us,
                end_us=tile.end_us,
                text=f"{sheet_name(tile.sheet)}#xywh={tile.x},{tile.y},{size}",
            )
            for tile in self.tiles
        )

    def poster_candidates(self) -> tuple[Tile, ...]:
        """Tiles of the part that a poster is looked for in; all of them where none is there."""
        end_us = self.tiles[-1].end_us if self.tiles else 0
        early = (tile for tile in self.tiles if end_us <= tile.start_us * POSTER_FROM)
        return tuple(tile for tile in early if tile.start_us * POSTER_UNTIL <= end_us) or self.tiles


def sheet_name(sheet: int) -> str:
    """The file of a sheet, counted from 0, beside the index."""
    return f"storyboard-{sheet + 1:03}.jpg"


def plan_storyboard(times_us: Sequence[int], duration_us: int, size: tuple[int, int]) -> Storyboard:
    """A storyboard of pictures of this size, shown at these rising times: of each span of equal length the
    first, lasting until the next one."""
    width, height = _tile_size(size)
    chosen = _chosen(times_us, duration_us)
    starts = [0, *(times_us[picture] for picture in chosen[1:]), duration_us]
    tiles = []
    for at, picture in enumerate(chosen):
        sheet, place = divmod(at, SHEET_COLUMNS * SHEET_ROWS)
        row, column = divmod(place, SHEET_COLUMNS)
        tiles.append(
            Tile(
                picture=picture,
                start_us=starts[at],
                end_us=starts[at + 1],
                sheet=sheet,
                x=column * width,
                y=row * height,
            )
        )
    return Storyboard(width=width, height=height, tiles=tuple(tiles))


def _chosen(times_us: Sequence[int], duration_us: int) -> list[int]:
    span_us = max(SHORTEST_US, -(-duration_us // MOST_TILES))
    first_of: dict[int, int] = {}
    for picture, time_us in enumerate(times_us):
        if 0 <= time_us < duration_us:
            first_of.setdefault(time_us // span_us, picture)
    return list(first_of.values())


def _tile_size(size: tuple[int, int]) -> tuple[int, int]:
    """Of the pictures' shape and never larger than they are."""
    longer = max(size)
    scaled = [max(1, round(side * min(TILE_SIDE, longer) / longer)) for side in size]
    return scaled[0], scaled[1]
