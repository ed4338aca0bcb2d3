"""The player without a browser: what is read, what never is, and its picture."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from PIL import Image

from codek7.core.errors import KeyInvalid
from codek7.lab.views.player import PIECE_BYTES, Player
from tests.lab.views.conftest import FrontEnd

MAIN = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=327427,AVERAGE-BANDWIDTH=293568,CODECS="avc1.64000D,mp4a.40.2",RESOLUTION=416x234
video-0/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=9000000,AVERAGE-BANDWIDTH=7000000,CODECS="avc1.64001F",RESOLUTION=1280x720
video-1/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=<script>
video-2/index.m3u8
"""


class Files:
    """A presentation in memory."""

    def __init__(self, **more: bytes) -> None:
        self.asked: list[tuple[str, int, int | None]] = []
        self._files = {"a/main.m3u8": MAIN.encode(), "a/video-0/00000.m4s": bytes(3 * PIECE_BYTES), **more}

    def read(self, path: str, start: int, length: int | None) -> bytes:
        self.asked.append((path, start, length))
        body = self._files[path][start:]
        return body if length is None else body[:length]


def test_it_reads_whole_files_and_ranges_in_pieces(front_end: FrontEnd) -> None:
    files = Files()
    view = Player(files.read, "a/main.m3u8")
    answer = front_end.ask(view, "bytes", path="a/main.m3u8")
    assert answer.content["value"] == {"total": len(MAIN)}
    assert answer.buffers == [MAIN.encode()]
    answer = front_end.ask(view, "bytes", path="a/video-0/00000.m4s", start=100, length=10**12)
    assert len(answer.buffers[0]) == PIECE_BYTES
    assert files.asked[-1] == ("a/video-0/00000.m4s", 100, PIECE_BYTES)
    answer = front_end.ask(view, "bytes", path="a/video-0/00000.m4s")
    assert answer.content["value"] == {"total": 3 * PIECE_BYTES}
    assert len(answer.buffers[0]) == PIECE_BYTES


@pytest.mark.parametrize(
    "path", ["../secret", "a/../../secret", "/etc/passwd", "http://x/", "a//b", "", "a/./b", "a\x00b", "ä"]
)
def test_nothing_but_the_presentation_is_read(front_end: FrontEnd, path: str) -> None:
    files = Files()
    view = Player(files.read, "a/main.m3u8")
    answer = front_end.ask(view, "bytes", path=path)
    assert "only files of the presentation" in answer.content["failed"]
    assert files.asked == []
    with pytest.raises(KeyInvalid):
        Player(files.read, path)


def test_what_the_store_lacks_is_said(front_end: FrontEnd) -> None:
    answer = front_end.ask(Player(Files().read, "a/main.m3u8"), "bytes", path="a/nothing.m4s")
    assert "KeyError" in answer.content["failed"]


def test_its_picture_is_the_poster_or_the_renditions() -> None:
    still = Player(Files().read, "a/main.m3u8", title="<film>").still()
    picture = ElementTree.fromstring(still.body)
    said = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert said[0] == "<film>"
    assert {"1280 × 720", "7.00 Mb/s", "416 × 234", "294 kb/s"} <= set(said)
    assert "1280x720 7.00 Mb/s avc1.64001F" in still.words
    body = io.BytesIO()
    Image.new("RGB", (1920, 1080), "teal").save(body, "PNG")
    still = Player(Files().read, "a/main.m3u8", poster=body.getvalue()).still()
    assert still.mime == "image/jpeg"
    assert Image.open(io.BytesIO(still.body)).size == (960, 540)
