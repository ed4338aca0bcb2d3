"""What was encoded of a clip: renditions as values, packaged and played without being published."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from codek7.check import Report, check_presentation
from codek7.core.frames import SampleFrames
from codek7.core.ladder import Ladder
from codek7.core.media import Source
from codek7.core.pipeline.encode import Encoding
from codek7.core.pipeline.outline import Outline
from codek7.core.pipeline.plan import WorkPlan, renditions_of, tasks_for
from codek7.core.pipeline.publish import PackageReader
from codek7.core.pipeline.work import find_record
from codek7.core.presentation import Package, Presentation
from codek7.core.records import ChunkRecord, Rendition, SampleSet
from codek7.engine import open_engine, source_cache
from codek7.hub import Hub
from codek7.lab.progress import following
from codek7.sources import hold

if TYPE_CHECKING:
    from codek7.lab.views.player import Player


class Made:
    """The renditions of a ladder. `plan` says how they came about."""

    def __init__(self, hub: Hub, plan: WorkPlan, records: dict[str, ChunkRecord], name: str) -> None:
        self._hub = hub
        self.plan = plan
        self.name = name
        self._records = records
        self.video, self.audio = renditions_of(plan, records)

    @property
    def ladder(self) -> Ladder:
        """As it was encoded: without rungs that were given up."""
        return self.plan.ladder

    @property
    def renditions(self) -> tuple[Rendition, ...]:
        """Rungs, then sounds."""
        return (*self.video, *self.audio)

    @cached_property
    def package(self) -> Package:
        """Playlists and pictures, and which object appears where."""
        presentation = Presentation(timeline=self.plan.timeline, video=self.video, audio=self.audio)
        return self._hub.hooks.package(presentation, SampleFrames(self._hub.store, samples_of(self)))

    def read(self, path: str, start: int = 0, length: int | None = None) -> bytes:
        """Bytes of one of the package's files. Raises `ObjectNotFound`."""
        return PackageReader(self.package, self._hub.store)(path, start, length)

    def check(self) -> Report:
        """What the validator finds."""
        return check_presentation(self.package.main, fetch=self.read)

    def player(self) -> Player:
        """Played in the notebook."""
        from codek7.lab.views.player import Player

        return Player(self.read, self.package.main, title=self.name)

    def __repr__(self) -> str:
        return f"Made({self.name!r}, {len(self.video)} rungs, {len(self.audio)} sounds)"

    def _repr_html_(self) -> str:
        from codek7.core.playlists import timed_segments
        from codek7.core.rates import average_bps
        from codek7.lab.displays import table
        from codek7.lab.views.words import rate, size

        rows = [
            (each.name, each.rung.label if each.rung else each.language or "sound", each.codecs,
             rate(average_bps(timed_segments(each))), size(each.size_bytes))
            for each in self.renditions
        ]  # fmt: skip
        return table(("rendition", "what", "codecs", "rate", "size"), rows, self.name)


def samples_of(made: Made) -> SampleSet:
    """The sample pictures beside the renditions."""
    return _sample_set(made.plan, made._records)


def make(hub: Hub, source: Source, path: Path, outline: Outline) -> Made:
    """Encode all that an outline plans and that is not there. Raises what encoding raises."""
    records = _encode(hub, path, outline.plan, f"encoding {path.name}")
    return Made(hub, outline.plan, records, Path(source.uri).name)


def sample_frames(hub: Hub, source: Source, path: Path, outline: Outline) -> SampleFrames:
    """The sample pictures of a source alone."""
    plan = replace(outline.plan, video=(), audio=())
    records = _encode(hub, path, plan, f"looking at {Path(source.uri).name}")
    return SampleFrames(hub.store, _sample_set(plan, records))


def _sample_set(plan: WorkPlan, records: dict[str, ChunkRecord]) -> SampleSet:
    return SampleSet(
        time_base=plan.timeline.time_base,
        origin=plan.timeline.origin,
        records=tuple(records[key] for key in plan.samples),
    )


def _encode(hub: Hub, path: Path, plan: WorkPlan, doing: str) -> dict[str, ChunkRecord]:
    found = {key: find_record(hub.store, key) for key in plan.keys}
    records = {key: record for key, record in found.items() if record is not None}
    if len(records) == len(plan.keys):
        return records
    with hold(path, source_cache(hub)), open_engine(hub) as engine:
        encoding = Encoding(
            plan,
            records,
            asset_id="",
            executor=engine.executor,
            tries=engine.settings.tries,
            may_drop=False,
            surest=True,
        )
        tasks = tasks_for(plan, records.keys(), engine.memory_bytes)
        events = (event for batch in encoding.run(tasks) for event in batch)
        with following(events, doing) as shown:
            for _ in shown:
                pass
    return records
