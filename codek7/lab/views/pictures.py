"""Pictures on their way to a notebook: small enough for one message, and side by side in one file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codek7.core.errors import MediaUnreadable
from codek7.core.study import PairedFrames

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 200_000
"""What both pictures of a pair may have together, so that stepping through frames stays quick on a remote
notebook."""
QUALITIES = (85, 75, 60, 45)
"""Of JPEG, tried in turn for a pair that is too large."""
SMALLER = 0.75
"""Where the lowest quality is not enough, both sides are multiplied by this, again and again."""
SMALLEST = 64
MOST_PIXELS = 64_000_000


def fitted(pair: PairedFrames, most_bytes: int = MOST_BYTES) -> PairedFrames:
    """The pair as it is where it is small enough; else both pictures as JPEG, in the highest quality and then
    size that fit, the same for both. Raises `MediaUnreadable`."""
    if len(pair.reference) + len(pair.distorted) <= most_bytes:
        return pair
    pictures = [opened(pair.reference), opened(pair.distorted)]
    while True:
        for quality in QUALITIES:
            files = [jpeg(picture, quality) for picture in pictures]
            if sum(map(len, files)) <= most_bytes:
                return pair._replace(reference=files[0], distorted=files[1])
        if min(pictures[0].size) <= SMALLEST:
            return pair._replace(reference=files[0], distorted=files[1])
        pictures = [scaled(picture, SMALLER) for picture in pictures]


def opened(file: bytes) -> Image:
    """A JPEG or PNG file, decoded. Raises `MediaUnreadable`."""
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(file), formats=["JPEG", "PNG"])
        if picture.width * picture.height > MOST_PIXELS:
            raise MediaUnreadable(f"a picture of {picture.width}×{picture.height} is too large to show")
        return picture.convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaUnreadable(f"a picture to show cannot be read: {error}") from error


def scaled(picture: Image, factor: float) -> Image:
    """The picture with both sides multiplied."""
    from PIL.Image import Resampling

    size = max(1, round(picture.width * factor)), max(1, round(picture.height * factor))
    return picture.resize(size, Resampling.BICUBIC)


def thumbnail(file: bytes, height: int, *, quality: int = 80) -> bytes:
    """A JPEG of at most this height; the file as it is where it is no higher. Raises `MediaUnreadable`."""
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(file), formats=["JPEG", "PNG"])
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaUnreadable(f"a picture to show cannot be read: {error}") from error
    if picture.height <= height:
        return file
    whole = opened(file)
    return jpeg(scaled(whole, height / whole.height), quality)


def jpeg(picture: Image, quality: int) -> bytes:
    """A JPEG file."""
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=quality)
    return body.getvalue()


def words_on(sheet: Image, at: tuple[float, float], words: str, *, size: int, fill: str, anchor: str) -> None:
    """Write on a picture, in Pillow's own font; what it has no letter for becomes a question mark."""
    from PIL import ImageDraw, ImageFont

    plain = words.replace("−", "-").encode("latin-1", "replace").decode("latin-1")
    ImageDraw.Draw(sheet).text(at, plain, fill=fill, font=ImageFont.load_default(size), anchor=anchor)


def beside(pictures: Sequence[Image], gap: int, paper: str) -> Image:
    """All of one height in a row."""
    from PIL import Image

    height = min(picture.height for picture in pictures)
    row = [scaled(p, height / p.height) if p.height != height else p for p in pictures]
    sheet = Image.new("RGB", (sum(p.width for p in row) + gap * (len(row) - 1), height), paper)
    left = 0
    for picture in row:
        sheet.paste(picture, (left, 0))
        left += picture.width + gap
    return sheet
