"""Holds back videos in which there is nothing to see, judged on the sample pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Literal

import msgspec

from codek7 import MediaInfo, Settings, Verdict, hookimpl
from codek7.core.assets import Span
from codek7.core.errors import SettingsInvalid
from codek7.core.ports import Frames

SIGNATURE = "blank@0.1.0"


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[plugins.blank]`: how much of the running time may be blank, what counts as blank, and what then."""

    share: float = 0.9
    spread: float = 3.0
    """Standard deviation of brightness, of 255, up to which a picture is blank."""
    decision: Literal["review", "block"] = "review"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A sample picture: how long it stands for, and how much its brightness varies."""

    start_us: int
    end_us: int
    spread: float


class Plugin:
    """Keeps its options."""

    def __init__(self) -> None:
        self.options = Options()

    @hookimpl
    def codek7_configure(self, settings: Settings) -> None:
        """A wrong option is an error, not a default: this guards a gate."""
        try:
            self.options = msgspec.convert(settings.plugins.get("blank", {}), Options)
        except msgspec.ValidationError as error:
            raise SettingsInvalid(f"[plugins.blank]: {error}") from error

    @hookimpl
    def codek7_moderate(self, info: MediaInfo, frames: Frames) -> Verdict | None:
        """No opinion where there are no pictures."""
        shown = list(_shown(frames, info.duration_us))
        if not shown:
            return None
        spans = tuple(_blank(shown, self.options.spread))
        blank_us = sum(span.end_us - span.start_us for span in spans)
        share = blank_us / (shown[-1].end_us - shown[0].start_us)
        if share < self.options.share:
            return Verdict(moderator=SIGNATURE, decision="allow", spans=spans)
        reason = f"{share:.0%} of it shows nothing"
        return Verdict(moderator=SIGNATURE, decision=self.options.decision, reason=reason, spans=spans)

    @hookimpl
    def codek7_server_routes(self) -> Sequence[Any]:
        """`GET /api/plugins/blank/options`: what this server takes for blank."""
        from litestar import get

        @get("/options", operation_id="blankOptions")
        async def options() -> Options:
            """What counts as blank, and what then."""
            return self.options

        return [options]


def _shown(frames: Frames, duration_us: int) -> Iterator[Shown]:
    """Each picture stands until the next one, the last until the end."""
    ends = [*frames.times_us()[1:], duration_us]
    for number, (start, end) in enumerate(zip(frames.times_us(), ends, strict=False)):
        if start < min(end, duration_us):
            spread = spread_of(frames.jpeg(number))
            yield Shown(start_us=start, end_us=min(end, duration_us), spread=spread)


def spread_of(jpeg: bytes) -> float:
    """The standard deviation of a picture's brightness, of 255."""
    from PIL import Image, ImageStat

    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as picture:
        picture.draft("L", (160, 90))
        return float(ImageStat.Stat(picture.convert("L")).stddev[0])


def _blank(shown: list[Shown], most: float) -> Iterator[Span]:
    """Stretches of blank pictures; the flatter, the nearer their score is to 1."""
    for blank, group in groupby(shown, key=lambda picture: picture.spread <= most):
        stretch = list(group)
        if blank:
            flattest = max(picture.spread for picture in stretch)
            score = 1 - flattest / (2 * most) if most else 1.0
            yield Span(start_us=stretch[0].start_us, end_us=stretch[-1].end_us, score=score, label="blank")
