"""What the views' tests show: a study as it could have come out, and pairs of pictures of two files."""

from __future__ import annotations

import io
import math
import random
from fractions import Fraction
from pathlib import Path

import av
from PIL.Image import Image, Resampling, fromarray

from codek7.core.ladder import Codec, Rung
from codek7.core.measurement import VMAF, Metric
from codek7.core.study import Curve, PairedFrames, Point
from codek7.lab.views.timeline import FrameSeries

METRIC = Metric(name="vmaf", model=VMAF)
SIZES = ((416, 234), (640, 360), (768, 432), (960, 540), (1280, 720), (1920, 1080))
TOPS = {234: 46.0, 360: 68.0, 432: 77.0, 540: 86.0, 720: 94.0, 1080: 98.5}
GAINS: dict[Codec, float] = {"h264": 1.0, "hevc": 0.62}


def point(width: int, height: int, crf: float, codec: Codec = "h264") -> Point:
    """About what a rung of an easy clip costs and scores."""
    bps = width * height * 66 * math.exp(-crf / 6.2)
    half = (width * height) ** 0.85 * 3.6
    score = TOPS[height] * (1 - math.exp(-((bps / half) ** 0.8)))
    average = round(bps * GAINS[codec])
    ceiling = max(32_000, 2 * average)
    return Point(
        rung=Rung(codec=codec, width=width, height=height, crf=crf, ceiling_bps=ceiling),
        average_bps=average,
        score=score,
        peak_bps=round(1.7 * average),
        cpu_s_per_hour=width * height / 500,
    )


def curves() -> tuple[Curve, ...]:
    """Six sizes in H.264 and the largest two in HEVC, ten trials each."""
    return tuple(
        Curve(
            codec=codec,
            width=width,
            height=height,
            points=tuple(point(width, height, crf, codec) for crf in range(45, 15, -3)),
        )
        for codec in GAINS
        for width, height in (SIZES if codec == "h264" else SIZES[-2:])
    )


def front() -> tuple[Point, ...]:
    """The best H.264 for each rate, densely."""
    dense = [point(*size, crf / 4) for size in SIZES for crf in range(72, 180)]
    best: list[Point] = []
    for each in sorted(dense, key=lambda each: each.average_bps):
        if not best or each.score > best[-1].score:
            best.append(each)
    return tuple(best)


def ladder() -> tuple[Point, ...]:
    """Points of the front, at least 9 apart, from 30 on."""
    chosen: list[Point] = []
    for each in front():
        if each.score >= (chosen[-1].score + 9 if chosen else 30):
            chosen.append(each)
    return tuple(chosen)


def rival() -> tuple[str, tuple[Point, ...]]:
    """A ladder that somebody else would use."""
    crfs = (30, 30, 29, 28, 27, 26)
    return "fixed ladder", tuple(point(*size, crf) for size, crf in zip(SIZES, crfs, strict=True))


class FilePairs:
    """Two files of one length, every frame of both decoded at the start."""

    metric = "VMAF"

    def __init__(self, reference: Path, other: Path, label: str) -> None:
        self.labels = ("reference", label)
        self._files = _decoded(reference), _decoded(other)
        self.frames = min(map(len, self._files))
        with av.open(str(reference)) as opened:
            self.frame_rate = Fraction(opened.streams.video[0].average_rate or 25)
        self.scores = tuple(
            86 + 6 * math.sin(number / 7) - (22 if number % 31 == 17 else 0) for number in range(self.frames)
        )
        self.asked: list[tuple[int, int]] = []

    def pair(self, number: int, height: int) -> PairedFrames:
        """Both, no larger than they are."""
        self.asked.append((number, height))
        reference, other = (_file(frames[number], height) for frames in self._files)
        return PairedFrames(number, reference, other, self.scores[number])


def _decoded(path: Path) -> list[Image]:
    with av.open(str(path)) as opened:
        return [fromarray(frame.to_ndarray(format="rgb24")) for frame in opened.decode(video=0)]


def _file(picture: Image, height: int) -> bytes:
    if picture.height > height:
        picture = picture.resize((round(picture.width * height / picture.height), height), Resampling.BICUBIC)
    body = io.BytesIO()
    picture.save(body, "JPEG", quality=90)
    return body.getvalue()


def series() -> FrameSeries:
    """Twenty seconds in four shots, a keyframe every two seconds and at each cut."""
    shots = (0, 130, 250, 402)
    types = "".join("I" if n % 48 == 0 or n in shots else "P" if n % 3 == 0 else "B" for n in range(480))
    base = {"I": 60_000, "P": 14_000, "B": 4_000}
    shape = random.Random(5)  # not for secrets
    return FrameSeries(
        sizes=tuple(
            int(base[kind] * (1 + 0.5 * math.sin(n / 70)) * shape.uniform(0.6, 1.5))
            for n, kind in enumerate(types)
        ),
        types=types,
        frame_rate=Fraction(24),
        shots=shots,
        scores=tuple(90 + 5 * math.sin(n / 40) - shape.expovariate(0.4) for n in range(480)),
    )
