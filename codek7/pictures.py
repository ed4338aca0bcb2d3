"""Poster and storyboard of a presentation, composed from its sample pictures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from codek7.core.errors import MediaTooBig, MediaUnreadable
from codek7.core.ports import Frames
from codek7.core.storyboard import Storyboard, Tile, plan_storyboard, sheet_name

if TYPE_CHECKING:
    from PIL.Image import Image

FOLDER = "image"
QUALITY = 75
MOST_PIXELS = 16_000_000
"""A sample picture is at most 480 high; whatever is larger is not one of ours."""
DARKEST, BRIGHTEST, FLATTEST = 16, 239, 10
"""Mean and deviation of 8-bit luma beyond which a picture shows next to nothing."""


class Look(NamedTuple):
    """What a tile looks like: mean and deviation of its luma, and the bytes its picture takes as a JPEG,
    which rise with its detail."""

    tile: Tile
    mean: float
    deviation: float
    size_bytes: int

    @property
    def blank(self) -> bool:
        """Black, white or flat."""
        return not (DARKEST <= self.mean <= BRIGHTEST and self.deviation >= FLATTEST)


def make_pictures(frames: Frames, duration_us: int) -> dict[str, bytes]:
    """Files by path: `image/poster.jpg`, the sheets `image/storyboard-001.jpg` and so on, and their index
    `image/storyboard.vtt`. None of them without sample pictures. The same pictures give the same bytes.

    Raises `MediaUnreadable` or `MediaTooBig` for a sample picture that is damaged or none of ours.
    """
    if not len(frames):
        return {}
    plan = plan_storyboard(frames.times_us(), duration_us, _opened(frames.jpeg(0)).size)
    files, looks = _sheets(plan, frames)
    if looks:
        files[f"{FOLDER}/storyboard.vtt"] = plan.index()
    poster = _poster(plan, looks)
    files[f"{FOLDER}/poster.jpg"] = frames.jpeg(poster)
    return files


def _sheets(plan: Storyboard, frames: Frames) -> tuple[dict[str, bytes], list[Look]]:
    from PIL import Image

    files: dict[str, bytes] = {}
    looks: list[Look] = []
    for number, tiles in enumerate(plan.sheets()):
        sheet = Image.new("RGB", plan.sheet_size(tiles))
        for tile in tiles:
            jpeg = frames.jpeg(tile.picture)
            small = _small(jpeg, (plan.width, plan.height))
            sheet.paste(small, (tile.x, tile.y))
            looks.append(_look(tile, small, len(jpeg)))
        files[f"{FOLDER}/{sheet_name(number)}"] = _jpeg(sheet)
    return files, looks


def _poster(plan: Storyboard, looks: list[Look]) -> int:
    """The picture with the most detail early on that is not blank; of nothing but blanks, the least flat."""
    candidates = {tile.picture for tile in plan.poster_candidates()}
    shown = [look for look in looks if not look.blank]
    early = [look for look in shown if look.tile.picture in candidates] or shown
    if early:
        return max(early, key=lambda look: look.size_bytes).tile.picture
    return max(looks, key=lambda look: look.deviation).tile.picture if looks else 0


def _look(tile: Tile, small: Image, size_bytes: int) -> Look:
    from PIL import ImageStat

    luma = ImageStat.Stat(small.convert("L"))
    return Look(tile, luma.mean[0], luma.stddev[0], size_bytes)


def _opened(jpeg: bytes) -> Image:
    """Its header read, its pixels not yet."""
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(jpeg), formats=["JPEG"])
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise _unreadable(error) from error
    if picture.width * picture.height > MOST_PIXELS:
        raise MediaTooBig(f"a sample picture of {picture.width}×{picture.height}", hint="encode it again")
    return picture


def _small(jpeg: bytes, size: tuple[int, int]) -> Image:
    """The picture at a tile's size; decoded at an eighth, a quarter or half where that is enough."""
    from PIL.Image import Resampling

    picture = _opened(jpeg)
    picture.draft("RGB", size)
    try:
        return picture.convert("RGB").resize(size, Resampling.BILINEAR)
    except (OSError, SyntaxError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> MediaUnreadable:
    return MediaUnreadable(f"a sample picture cannot be read: {error}", hint="encode the source again")


def _jpeg(sheet: Image) -> bytes:
    body = io.BytesIO()
    sheet.save(body, "JPEG", quality=QUALITY)
    return body.getvalue()
