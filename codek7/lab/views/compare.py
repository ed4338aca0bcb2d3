"""Two versions of a video, frame by frame."""

from __future__ import annotations

from array import array
from typing import Any, ClassVar

import msgspec
import traitlets

from codek7.core.study import PairedFrames
from codek7.lab.views.colours import ACCENT, BAD, INK, LINE, MUTED, PAPER
from codek7.lab.views.pairs import FramePairs, worst_frames
from codek7.lab.views.pictures import MOST_BYTES, beside, fitted, jpeg, opened, scaled, words_on
from codek7.lab.views.view import Answer, Still, View

HIGHEST = 2160
MOST_DETAIL_BYTES = 4_000_000
"""Of a pair that is looked into: asked for once nothing moves, so it may take its time."""
STILL_HEIGHT, STILL_WIDTH = 360, 1200


class AskPair(msgspec.Struct, frozen=True, tag_field="ask", tag="pair"):
    """How does frame `number` look, in so many lines? `detail`: somebody looks closely and waits."""

    number: int
    height: int
    detail: bool = False


class _Scene(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    frames: int
    frames_per_second: float
    labels: tuple[str, str]
    metric: str
    worst: tuple[int, ...]


class Compare(View):
    """A reference and another version in one place: wiped, flipped, side by side or as their difference
    (amplified four times), with the score of every frame and a list of the ten worst.

    Pictures come from `pairs` one pair at a time, in the size they are shown in and at most 200 kB together.
    `number` is the frame that shows; setting it goes there.
    """

    module: ClassVar[str] = "compare"
    asks: ClassVar[Any] = AskPair

    number = traitlets.Int(0).tag(sync=True)
    _scores = traitlets.Bytes().tag(sync=True)

    def __init__(self, pairs: FramePairs, *, title: str = "Comparison") -> None:
        self._pairs = pairs
        scores = pairs.scores or ()
        falling = pairs.metric.lower().startswith("cambi")
        self.worst = worst_frames(scores, pairs.frame_rate, rising=not falling)
        scene = _Scene(
            title=title,
            frames=pairs.frames,
            frames_per_second=float(pairs.frame_rate),
            labels=pairs.labels,
            metric=pairs.metric,
            worst=self.worst,
        )
        super().__init__(scene, _scores=array("f", scores).tobytes())

    def answer(self, ask: AskPair) -> Answer:
        """The pair, as small as it must be."""
        number = min(max(ask.number, 0), self._pairs.frames - 1)
        pair = self._pairs.pair(number, min(max(ask.height, 16), HIGHEST))
        pair = fitted(pair, MOST_DETAIL_BYTES if ask.detail else MOST_BYTES)
        return Answer({"number": pair.number, "score": pair.score}, (pair.reference, pair.distorted))

    def still(self) -> Still:
        """The frame that shows, or the worst one while nobody has chosen any; and all scores."""
        number = self.number or next(iter(self.worst), self._pairs.frames // 2)
        pair = self._pairs.pair(number, STILL_HEIGHT)
        return Still("image/jpeg", _sheet(self._pairs, pair), self._words(pair))

    @traitlets.validate("number")
    def _in_range(self, proposal: Any) -> int:
        return min(max(int(proposal["value"]), 0), max(self._pairs.frames - 1, 0))

    def _words(self, pair: PairedFrames) -> str:
        reference, other = self._pairs.labels
        said = f"Comparison of {reference} and {other}, {self._pairs.frames} frames"
        if pair.score is not None:
            said += f"; frame {pair.number} has {self._pairs.metric} {pair.score:.2f}"
        if self.worst:
            said += f"; worst: {', '.join(map(str, self.worst))}"
        return said


MARGIN, HEAD, STRIP = 24, 44, 70


def _sheet(pairs: FramePairs, pair: PairedFrames) -> bytes:
    """A JPEG of both pictures under their names, and of every frame's score with this one marked."""
    from PIL import Image

    row = beside([opened(pair.reference), opened(pair.distorted)], 4, PAPER)
    if row.width > STILL_WIDTH:
        row = scaled(row, STILL_WIDTH / row.width)
    strip = STRIP if pairs.scores else 0
    size = row.width + 2 * MARGIN, HEAD + row.height + strip + MARGIN
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(row, (MARGIN, HEAD))
    middle = MARGIN + row.width // 2
    words_on(sheet, (MARGIN, HEAD - 14), pairs.labels[0], size=15, fill=INK, anchor="ls")
    words_on(sheet, (middle + 2, HEAD - 14), pairs.labels[1], size=15, fill=INK, anchor="ls")
    said = f"frame {pair.number} at {float(pair.number / pairs.frame_rate):.2f} s"
    if pair.score is not None:
        said += f" · {pairs.metric} {pair.score:.1f}"
    words_on(sheet, (MARGIN + row.width, HEAD - 14), said, size=14, fill=MUTED, anchor="rs")
    if pairs.scores:
        _strip(sheet, pairs.scores, pair.number, (MARGIN, HEAD + row.height + 12, row.width, strip - 12))
    return jpeg(sheet, 88)


def _strip(sheet: Any, scores: tuple[float, ...], number: int, box: tuple[int, int, int, int]) -> None:
    from PIL import ImageDraw

    left, top, width, height = box
    draw = ImageDraw.Draw(sheet)
    low, high = min(scores), max(scores)
    points = [
        (
            left + at / max(1, len(scores) - 1) * width,
            top + (1 - (score - low) / ((high - low) or 1)) * (height - 2),
        )
        for at, score in enumerate(scores)
    ]
    draw.line([(left, top + height), (left + width, top + height)], fill=LINE)
    draw.line(points, fill=INK, width=2)
    x, y = points[min(number, len(points) - 1)]
    draw.line([(x, top), (x, top + height)], fill=ACCENT, width=2)
    draw.ellipse([x - 5, y - 5, x + 5, y + 5], fill=BAD)
