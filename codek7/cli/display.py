"""A job as a person sees it: one live display on a terminal and a summary at the end; in a pipe only results
and what went wrong."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from codek7.cli.common import human_bytes, human_count, human_rate, human_time, plain
from codek7.core.events import (
    AssetHeld,
    AssetPublished,
    AssetRefused,
    ChunkEncoded,
    Event,
    JobFailed,
    LadderPlanned,
    MediaProbed,
    PluginRaised,
    PresentationChecked,
    PresentationPackaged,
    PreviewPublished,
    RungDropped,
    TrackSkipped,
    VerdictGiven,
    WorkProgressed,
)
from codek7.core.pipeline.run import ENDINGS
from codek7.core.playlists import timed_segments
from codek7.core.rates import average_bps

REFRESH_HZ = 8


def show_job(events: Iterator[Event], source: str) -> Event | None:
    """Follow a job to its end; the ending event, or None where there was none."""
    console = Console(stderr=True)
    view = _View(console)
    ending: Event | None = None
    with Live(view, console=console, refresh_per_second=REFRESH_HZ, transient=True) as live:
        view.say(f"reading {plain(source)}")
        for event in events:
            if isinstance(event, ENDINGS):
                ending = event
            before = view.status
            view.hear(event, live if console.is_terminal else None)
            if view.status != before:
                live.refresh()  # each stage shows, however short
    if ending is not None:
        view.conclude(ending)
    return ending


class _View:
    """What is happening, and a bar for each rendition."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self.status = ""
        self._summary: list[str] = []
        self._names: dict[str, str] = {}
        self._bars: dict[str, TaskID] = {}
        self._duration_us = 0
        self._progress = Progress(
            TextColumn("{task.fields[label]}", justify="right"),
            BarColumn(bar_width=32),
            TextColumn("{task.percentage:>3.0f}%"),
            TextColumn("{task.fields[rate]}"),
            console=console,
        )

    def __rich__(self) -> Group:
        return Group(Text(self.status, style="bold"), self._progress)

    def say(self, status: str) -> None:
        """What is happening now."""
        self.status = status

    def hear(self, event: Event, live: Live | None) -> None:
        """Take an event in."""
        if isinstance(event, MediaProbed):
            self.say("planning")
        elif isinstance(event, LadderPlanned):
            self._planned(event)
        elif isinstance(event, WorkProgressed):
            self._progressed(event)
        elif isinstance(event, ChunkEncoded):
            self._encoded(event)
        elif isinstance(event, VerdictGiven):
            self.say("moderating, packaging and checking")
        elif isinstance(event, PresentationPackaged):
            self._packaged(event)
        elif isinstance(event, PresentationChecked):
            self.say("publishing")
        elif isinstance(event, PreviewPublished):
            self._print(f"preview  {event.url}")
        else:
            self._note(event)

    def _planned(self, event: LadderPlanned) -> None:
        for number, rung in enumerate(event.ladder.rungs):
            self._names[f"video-{number}"] = rung.label
        self._duration_us = event.duration_us
        reused = f", {event.reused} of {event.objects} objects exist already" if event.reused else ""
        self.say(f"encoding {human_time(event.duration_us)} in {human_count(event.chunks, 'chunk')}{reused}")
        if event.reused == event.objects:
            self.say("nothing to encode")

    def _bar(self, rendition: str) -> TaskID:
        if rendition not in self._bars:
            label = self._names.get(rendition, rendition)
            self._bars[rendition] = self._progress.add_task("", total=100, label=label, rate="")
        return self._bars[rendition]

    def _progressed(self, event: WorkProgressed) -> None:
        bar = self._bar(event.rendition)
        done = max(self._progress.tasks[bar].completed, 100 * event.done_us / max(1, event.total_us))
        left = (event.total_us - event.done_us) / event.speed if event.speed else 0
        rate = f"{event.speed:.2f}x, {human_time(left)} left" if event.speed and done < 100 else ""
        self._progress.update(bar, completed=done, rate=rate)

    def _encoded(self, event: ChunkEncoded) -> None:
        record = event.record
        if event.rendition in self._bars and record.segments:
            last = record.segments[-1].fragments[-1]
            end_us = (last.start + last.duration) * 1_000_000 / record.timescale
            bar = self._bars[event.rendition]
            done = max(self._progress.tasks[bar].completed, 100 * end_us / self._duration_us)
            self._progress.update(bar, completed=min(100, done))

    def _packaged(self, event: PresentationPackaged) -> None:
        for rendition in event.renditions:
            rate = average_bps(timed_segments(rendition))
            rung = rendition.rung
            what = f"{rung.width}x{rung.height}" if rung else rendition.language or "sound"
            size = human_bytes(rendition.size_bytes)
            self._summary.append(f"  {rendition.name:<9} {what:<10} {human_rate(rate):>10} {size:>10}")

    def _note(self, event: Event) -> None:
        if isinstance(event, RungDropped):
            self._print(f"left out {self._names.get(event.rendition, event.rendition)}: {event.reason}")
        elif isinstance(event, TrackSkipped):
            self._print(f"track {event.track} is left out: {event.reason}")
        elif isinstance(event, PluginRaised):
            self._print(f"plugin {event.plugin} failed in {event.hook}: {event.message}")

    def _print(self, text: str) -> None:
        self._console.print(Text(plain(text)), soft_wrap=True)

    def conclude(self, ending: Event) -> None:
        """The last words; the playlist alone goes to standard output."""
        took = human_time((time.monotonic() - self._began) * 1_000_000)
        if isinstance(ending, AssetPublished):
            if self._console.is_terminal:
                for line in self._summary:
                    self._print(line)
                size = human_bytes(ending.size_bytes)
                self._print(f"published asset {ending.asset_id}: {size} in {took}")
            sys.stdout.write(f"{ending.url}\n")
            sys.stdout.flush()
        elif isinstance(ending, AssetHeld):
            self._print(f"held for review: {ending.reason}")
        elif isinstance(ending, AssetRefused):
            self._print(f"refused: {ending.reason}")
        elif isinstance(ending, JobFailed):
            self._print(f"error: {ending.message}")
            if ending.hint:
                self._print(f"  {ending.hint}")
