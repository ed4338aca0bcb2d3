"""The comparison without a browser: pictures small enough for a message, the worst frames, its picture."""

from __future__ import annotations

import base64
import io
from array import array
from fractions import Fraction

import pytest
from PIL import Image

from codek7.core.errors import MediaUnreadable
from codek7.core.study import PairedFrames
from codek7.lab.views.compare import Compare
from codek7.lab.views.pairs import worst_frames
from codek7.lab.views.pictures import MOST_BYTES, fitted
from tests.lab.views.conftest import FrontEnd


def noise(width: int, height: int) -> bytes:
    """A PNG that nothing makes small."""
    body = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(body, "PNG")
    return body.getvalue()


class Pairs:
    """Noise, in the size asked for."""

    frames = 48
    frame_rate = Fraction(24)
    labels = ("reference", 'trial <b>"1"</b>')
    metric = "VMAF"
    scores: tuple[float, ...] | None = tuple(90.0 - (number == 30) * 40 for number in range(48))

    def pair(self, number: int, height: int) -> PairedFrames:
        score = self.scores[number] if self.scores else None
        return PairedFrames(number, noise(height * 16 // 9, height), noise(height * 16 // 9, height), score)


def test_a_pair_fits_one_small_message(front_end: FrontEnd) -> None:
    answer = front_end.ask(Compare(Pairs()), "pair", number=30, height=540)
    assert answer.content["value"] == {"number": 30, "score": 50.0}
    assert 50_000 < sum(map(len, answer.buffers)) <= MOST_BYTES
    first, second = (Image.open(io.BytesIO(part)) for part in answer.buffers)
    assert first.size == second.size
    assert first.width / first.height == pytest.approx(16 / 9, abs=0.02)


def test_who_looks_closely_gets_all_there_is(front_end: FrontEnd) -> None:
    answer = front_end.ask(Compare(Pairs()), "pair", number=0, height=540, detail=True)
    assert Image.open(io.BytesIO(answer.buffers[0])).size == (960, 540)
    assert Image.open(io.BytesIO(answer.buffers[0])).format == "PNG"


def test_numbers_and_heights_beyond_the_ends(front_end: FrontEnd) -> None:
    view = Compare(Pairs())
    assert front_end.ask(view, "pair", number=10**9, height=-5).content["value"]["number"] == 47
    assert "failed" in front_end.ask(view, "pair", number="x", height=90).content
    view.number = 10**9
    assert view.number == 47


def test_a_small_pair_is_sent_as_it_came() -> None:
    pair = PairedFrames(0, b"a" * 9, b"b" * 9, None)
    assert fitted(pair) is pair
    with pytest.raises(MediaUnreadable, match="cannot be read"):
        fitted(PairedFrames(0, b"a" * MOST_BYTES, b"b", None))


def test_the_worst_frames_are_different_moments() -> None:
    scores = [90.0] * 100
    scores[50:53] = [10.0, 9.0, 11.0]
    scores[70] = 40.0
    worst = worst_frames(scores, Fraction(24))
    assert worst[:2] == (51, 70)
    assert len(worst) == 10
    assert {50, 52}.isdisjoint(worst)
    assert worst_frames(scores, Fraction(24), rising=False)[0] == 0
    assert worst_frames([3.0, 1.0, 2.0], Fraction(30)) == (1, 2, 0)
    assert worst_frames([], Fraction(30)) == ()
    assert worst_frames([float("nan"), 5.0], Fraction(1)) == (1,)


def test_its_picture_is_of_the_worst_frame() -> None:
    view = Compare(Pairs())
    shown = view._repr_mimebundle_()
    assert shown is not None
    picture = Image.open(io.BytesIO(base64.b64decode(shown[0]["image/jpeg"])))
    assert picture.format == "JPEG"
    assert picture.width > 2 * picture.height
    assert "frame 30 has VMAF 50.00" in shown[0]["text/plain"]
    assert array("f", view._scores).tolist() == list(Pairs.scores or ())


def test_nothing_needs_to_have_been_measured() -> None:
    pairs = Pairs()
    pairs.scores = None
    view = Compare(pairs)
    assert view.worst == ()
    assert "worst" not in view.still().words
