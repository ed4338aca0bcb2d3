"""Poster and storyboard of sample pictures."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image, ImageDraw

from codek7.core.errors import MediaError, MediaTooBig, MediaUnreadable
from codek7.core.ports import Frames
from codek7.pictures import make_pictures

SECOND = 1_000_000
Colour = tuple[int, int, int]
RED, GREEN = (200, 30, 30), (30, 160, 30)


class Shown(Frames):
    """These JPEG files, one a second."""

    def __init__(self, *jpegs: bytes) -> None:
        self.jpegs = jpegs

    def __len__(self) -> int:
        return len(self.jpegs)

    def times_us(self) -> tuple[int, ...]:
        return tuple(n * SECOND for n in range(len(self.jpegs)))

    def jpeg(self, index: int) -> bytes:
        return self.jpegs[index]


def jpeg(colour: Colour, size: tuple[int, int] = (854, 480), lines: int = 0) -> bytes:
    picture = Image.new("RGB", size, colour)
    draw = ImageDraw.Draw(picture)
    for n in range(lines):
        draw.line(
            (n * 37 % size[0], 0, n * 91 % size[0], size[1]), fill=(n * 7 % 256, n * 13 % 256, 90), width=3
        )
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=80)
    return body.getvalue()


def near(pixel: object, colour: Colour) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour, strict=True))


def test_every_tile_shows_its_picture() -> None:
    colours = [RED if n % 3 else GREEN for n in range(105)]
    files = make_pictures(Shown(*map(jpeg, colours)), 105 * SECOND)
    index = files["image/storyboard.vtt"].decode()
    tiles = re.findall(r"(storyboard-\d+\.jpg)#xywh=(\d+),(\d+),(\d+),(\d+)", index)
    assert len(tiles) == 105
    for (name, *place), colour in zip(tiles, colours, strict=True):
        x, y, width, height = map(int, place)
        sheet = Image.open(io.BytesIO(files[f"image/{name}"]))
        assert sheet.format == "JPEG"
        assert near(sheet.getpixel((x + width // 2, y + height // 2)), colour)
        assert near(sheet.getpixel((x + 3, y + 3)), colour)
    assert {*files} == {
        "image/poster.jpg",
        "image/storyboard-001.jpg",
        "image/storyboard-002.jpg",
        "image/storyboard.vtt",
    }


def test_the_same_pictures_give_the_same_bytes() -> None:
    shown = Shown(*(jpeg(RED, lines=n) for n in range(5)))
    assert make_pictures(shown, 5 * SECOND) == make_pictures(shown, 5 * SECOND)


def test_the_poster_is_a_sample_with_detail_from_the_first_half() -> None:
    black, grey, rich, richer = jpeg((0, 0, 0)), jpeg((90, 90, 90)), jpeg(RED, lines=40), jpeg(RED, lines=400)
    shown = [black, grey, grey, rich, grey, grey, black, richer, black, black, black, richer]
    files = make_pictures(Shown(*shown), len(shown) * SECOND)
    assert files["image/poster.jpg"] == rich


def test_of_blank_pictures_the_poster_is_the_least_flat() -> None:
    black, dim = jpeg((0, 0, 0)), jpeg((2, 2, 2), lines=1)
    assert make_pictures(Shown(black, black, dim, black), 4 * SECOND)["image/poster.jpg"] == dim


@pytest.mark.parametrize("size", [(2, 2), (270, 480), (1280, 272), (16, 480)])
def test_any_shape(size: tuple[int, int]) -> None:
    files = make_pictures(Shown(jpeg(RED, size), jpeg(GREEN, size)), 2 * SECOND)
    sheet = Image.open(io.BytesIO(files["image/storyboard-001.jpg"]))
    assert sheet.width * size[1] == pytest.approx(2 * sheet.height * size[0], rel=0.15)


def test_grey_pictures_are_pictures() -> None:
    body = io.BytesIO()
    Image.new("L", (64, 48), 128).save(body, "JPEG")
    assert "image/storyboard-001.jpg" in make_pictures(Shown(body.getvalue()), SECOND)


def test_without_samples_there_are_no_pictures() -> None:
    assert make_pictures(Shown(), SECOND) == {}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", MediaUnreadable),
        (b"not a picture", MediaUnreadable),
        (b"\x89PNG\r\n\x1a\n", MediaUnreadable),
        (jpeg(RED, lines=90)[:700], MediaUnreadable),
        (jpeg(RED, (5000, 4000)), MediaTooBig),
    ],
)
def test_damaged_and_enormous_samples_are_errors(body: bytes, kind: type[MediaError]) -> None:
    with pytest.raises(kind, match="sample picture"):
        make_pictures(Shown(jpeg(RED), body), 2 * SECOND)
