"""The storyboard without a browser: which picture stands for a shot, and the contact sheet."""

from __future__ import annotations

import io

from PIL import Image

from codek7.lab.views.storyboard import Shot, Storyboard
from codek7.testing.frames import Pictures
from tests.lab.views.conftest import FrontEnd


def jpeg(level: int, size: tuple[int, int] = (640, 360)) -> bytes:
    body = io.BytesIO()
    Image.new("L", size, level).save(body, "JPEG")
    return body.getvalue()


def level(file: bytes) -> int:
    return Image.open(io.BytesIO(file)).convert("L").tobytes()[0]


SECOND = 1_000_000
PICTURES = Pictures([(at * SECOND, jpeg(20 * at)) for at in range(10)])
SHOTS = [
    Shot(start_us=0, end_us=4 * SECOND, average_bps=900_000, complexity=2.0),
    Shot(start_us=4 * SECOND, end_us=4_500_000, average_bps=2_000_000, complexity=4.0),
    Shot(start_us=4_500_000, end_us=4_900_000),
    Shot(start_us=4_900_000, end_us=10 * SECOND, complexity=1.0),
]


def test_each_shot_has_the_picture_of_its_middle(front_end: FrontEnd) -> None:
    view = Storyboard(PICTURES, SHOTS)
    answer = front_end.ask(view, "pictures", shots=[0, 1, 2, 3], height=120)
    # The third shot is over before a picture was taken: the last one before it stands for it.
    assert [round(level(file) / 20) for file in answer.buffers] == [2, 4, 4, 7]
    assert Image.open(io.BytesIO(answer.buffers[0])).size == (213, 120)


def test_few_pictures_go_in_one_message(front_end: FrontEnd) -> None:
    view = Storyboard(PICTURES, SHOTS)
    assert len(front_end.ask(view, "pictures", shots=[0] * 100, height=10**9).buffers) == 12
    assert "IndexError" in front_end.ask(view, "pictures", shots=[99], height=120).content["failed"]
    nothing = Storyboard(Pictures(), SHOTS)
    assert front_end.ask(nothing, "pictures", shots=[1], height=120).buffers == [b""]


def test_a_click_is_a_time(front_end: FrontEnd) -> None:
    view = Storyboard(PICTURES, SHOTS)
    assert view.clicked_us is None
    front_end.tell(view, clicked_us=4_500_000)
    assert view.clicked_us == 4_500_000


def test_its_picture_is_a_contact_sheet() -> None:
    still = Storyboard(PICTURES, SHOTS, title="Film").still()
    sheet = Image.open(io.BytesIO(still.body))
    assert sheet.format == "JPEG"
    assert "Film: 4 shots" in still.words
    assert "0:04  2.00 Mb/s" in still.words
    many = [Shot(start_us=n, end_us=n + 1) for n in range(1000)]
    assert Image.open(io.BytesIO(Storyboard(PICTURES, many).still().body)).height < 1300
    assert "0 shots" in Storyboard(Pictures(), []).still().words
