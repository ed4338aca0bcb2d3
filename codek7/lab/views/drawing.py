"""Charts as SVG files, built as trees, for the pictures that stand in for views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from codek7.lab.views.colours import INK, LINE, MUTED, PAPER

FONT = '"Instrument Sans", ui-sans-serif, system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif'
XY = tuple[float, float]


class Scale(NamedTuple):
    """From values to places: linear, or of logarithms."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Where a value is."""
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = log10(low), log10(high), log10(max(value, 1e-9))
        return self.start + (at - low) / (high - low or 1) * (self.end - self.start)


def ticks(low: float, high: float, most: int = 8) -> list[float]:
    """Round numbers within the span: multiples of 1, 2 or 5 times a power of ten."""
    if high <= low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** floor(log10(rough))
    step = next(step * power for step in (1, 2, 5, 10) if step * power >= rough * 0.999)
    return [at * step for at in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten within the span."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in (1, 2, 5) if low <= step * 10.0**power <= high]


class Drawing:
    """An SVG picture on a sheet of paper, with a name for who cannot see it."""

    def __init__(self, width: int, height: int, name: str) -> None:
        self.root = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width} {height}",
                "width": str(width),
                "height": str(height),
                "role": "img",
                "font-family": FONT,
                "style": "max-width: 100%; height: auto",
            },
        )
        SubElement(self.root, "title").text = printable(name)
        self.box((0, 0), width, height, fill=PAPER, stroke=LINE, rx="12")

    def text(self, at: XY, words: str, *, size: int = 13, fill: str = INK, **more: str) -> None:
        """Words at a place; `anchor` (start, middle, end) and `weight` are short for SVG's names."""
        names = {"anchor": "text-anchor", "weight": "font-weight"}
        attributes = {names.get(name, name): value for name, value in more.items()}
        place = {"x": number(at[0]), "y": number(at[1]), "font-size": str(size), "fill": fill}
        SubElement(self.root, "text", place | attributes).text = printable(words)

    def line(self, start: XY, end: XY, stroke: str = LINE, **more: str) -> None:
        """A straight line."""
        self._mark(
            "line", x1=number(start[0]), y1=number(start[1]), x2=number(end[0]), y2=number(end[1]),
            stroke=stroke, **more,
        )  # fmt: skip

    def path(self, points: Iterable[XY], stroke: str, *, width: float = 2, **more: str) -> None:
        """Straight lines through the points."""
        steps = " ".join(f"{'L' if at else 'M'}{number(x)} {number(y)}" for at, (x, y) in enumerate(points))
        more = {"fill": "none", "stroke-linejoin": "round", "stroke-width": number(width)} | more
        self._mark("path", d=steps, stroke=stroke, **more)

    def dot(self, at: XY, radius: float, fill: str, **more: str) -> None:
        """A filled circle."""
        self._mark("circle", cx=number(at[0]), cy=number(at[1]), r=number(radius), fill=fill, **more)

    def box(self, at: XY, width: float, height: float, *, fill: str, **more: str) -> None:
        """A filled rectangle, by its upper left corner."""
        self._mark(
            "rect", x=number(at[0]), y=number(at[1]), width=number(width), height=number(height), fill=fill,
            **more,
        )  # fmt: skip

    def heading(self, title: str, below: str, at: XY = (28, 38)) -> None:
        """The title, and a line under it."""
        self.text(at, title, size=19, weight="650")
        self.text((at[0], at[1] + 20), below, fill=MUTED)

    def figures(self, right: float, named: Sequence[tuple[str, str]]) -> None:
        """Numbers that matter, each under its name, from the right."""
        for name, value in reversed(named):
            self.text((right, 32), name, size=12, fill=MUTED, anchor="end")
            self.text((right, 55), value, size=18, weight="650", anchor="end")
            right -= max(9.6 * len(value), 6.6 * len(name)) + 30

    def svg(self) -> bytes:
        """The file."""
        return ElementTree.tostring(self.root)

    def _mark(self, tag: str, **attributes: str) -> None:
        SubElement(self.root, tag, {name.replace("_", "-"): value for name, value in attributes.items()})


def number(value: float) -> str:
    """With as few digits as a picture needs."""
    return f"{value:.1f}".removesuffix(".0")


def printable(words: str) -> str:
    """Without what no XML may hold."""
    return "".join(char for char in words if char.isprintable())
