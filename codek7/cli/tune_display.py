"""A study as a person sees it: what is tried now, and the ladder that would be chosen; in a pipe, nothing."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from codek7.cli.common import human_rate, human_time, plain
from codek7.core.study import (
    Chosen,
    FrontMoved,
    Point,
    StudyEnded,
    StudyPlanned,
    StudyUpdate,
    TrialEnded,
    TrialProgressed,
)

REFRESH_HZ = 8
PURPOSES = {"probe": "probing", "verify": "verifying", "baseline": "trying the rival"}


def show_study(updates: Iterable[StudyUpdate], source: str) -> Chosen:
    """Follow a study to its end."""
    console = Console(stderr=True)
    view = _View(f"reading {plain(source)}")
    with Live(view, console=console, refresh_per_second=REFRESH_HZ, transient=True):
        for update in updates:
            if isinstance(update, StudyEnded):
                return update.chosen
            view.hear(update)
    raise RuntimeError("a study ends with a ladder")


class _View:
    """The state of a study in a few lines."""

    def __init__(self, status: str) -> None:
        self._status = status
        self._doing = ""
        self._ladder: tuple[Point, ...] = ()

    def __rich__(self) -> Group:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in ("so far", "crf", "rate", "score"):
            table.add_column(column)
        for point in self._ladder:
            rate = human_rate(point.average_bps)
            table.add_row(point.rung.label, f"{point.rung.crf:g}", rate, f"{point.score:.1f}")
        parts = [Text(self._status, style="bold"), Text(self._doing)]
        return Group(*parts, table) if self._ladder else Group(*parts)

    def hear(self, update: StudyUpdate) -> None:
        """Take an update in."""
        if isinstance(update, StudyPlanned):
            looked = f"{human_time(update.sampled_us)} of {human_time(update.duration_us)}"
            self._status = f"{update.metric.label} over {looked}, at most {update.budget} probes"
        elif isinstance(update, TrialProgressed):
            done = 100 * update.done_us / max(1, update.total_us)
            self._doing = f"encoding {update.rung.label} crf {update.rung.crf:g}: {done:.0f} %"
        elif isinstance(update, TrialEnded):
            trial, rung = update.trial, update.trial.rung
            gave = f"{human_rate(trial.average_bps)}, {trial.score:.1f}"
            self._doing = f"{PURPOSES[trial.purpose]}: {rung.label} crf {rung.crf:g}: {gave}"
        elif isinstance(update, FrontMoved):
            self._ladder = update.ladder
