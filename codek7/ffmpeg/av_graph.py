"""Filter graphs inside this process: what the steps of `codek7.ffmpeg.scoring` become with PyAV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from av import logging
from av.filter import Graph

from codek7.core.tasks import Filter
from codek7.ffmpeg.pairing import Canvas
from codek7.ffmpeg.scoring import Step

if TYPE_CHECKING:
    from av.filter.context import FilterContext
    from av.video.frame import VideoFrame

    Output = tuple[FilterContext, int]
    """A filter, and which of its outputs."""

SILENT, USUAL = -8, 32
"""FFmpeg's log levels: nothing, and what PyAV leaves it at."""


class Line(NamedTuple):
    """A graph that is ready: where pictures go in and where they come out. It is kept here because in PyAV 18
    filters do not keep it."""

    graph: Graph
    entries: tuple[FilterContext, ...]
    end: FilterContext

    def push(self, frames: Sequence[VideoFrame | None]) -> None:
        """A picture for each entry, or None for no more; what comes out is let go."""
        for entry, frame in zip(self.entries, frames, strict=True):
            entry.push(frame)
        self.drain()

    def drain(self) -> None:
        """Takes out what there is."""
        while True:
            try:
                self.end.pull()
            except (BlockingIOError, EOFError):
                return


def entry(graph: Graph, frame: VideoFrame, canvas: Canvas) -> FilterContext:
    """Where pictures like this one go in. Their times do not matter: filters number them."""
    return graph.add(
        "buffer",
        video_size=f"{frame.width}x{frame.height}",
        pix_fmt=frame.format.name,
        time_base=f"{canvas.rate.denominator}/{canvas.rate.numerator}",
        frame_rate=f"{canvas.rate.numerator}/{canvas.rate.denominator}",
        pixel_aspect="1/1",
        colorspace=str(int(frame.colorspace)),
        range=str(int(frame.color_range)),
    )


def chained(graph: Graph, last: FilterContext, filters: Sequence[Filter]) -> FilterContext:
    """The last of these filters, put behind one another."""
    for each in filters:
        added = graph.add(each.name, **each.options)
        last.link_to(added)
        last = added
    return last


def built(graph: Graph, links: Mapping[str, Output], steps: Sequence[Step]) -> FilterContext:
    """The end of a graph that has these steps behind the links, configured."""
    loose = dict(links)
    # libvmaf writes to the terminal, past PyAV, what the log level allows when it is made: of black pictures,
    # that a matrix is singular.
    logging.set_libav_level(SILENT)
    try:
        for step in steps:
            added = graph.add(step.filter.name, **step.filter.options)
            for place, name in enumerate(step.takes):
                source, output = loose.pop(name)
                source.link_to(added, output, place)
            loose |= {name: (added, place) for place, name in enumerate(step.gives)}
    finally:
        logging.set_libav_level(USUAL)
    end = graph.add("buffersink")
    source, output = loose["out"]
    source.link_to(end, output)
    graph.configure()
    return end
