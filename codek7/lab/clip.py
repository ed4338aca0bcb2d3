"""A clip in a lab: the seven stages as verbs, each a value to look at, none that does anything twice."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from codek7.core.assets import Asset, Verdict
from codek7.core.errors import Codek7Error, MediaEmpty
from codek7.core.events import AssetHeld, AssetRefused, JobFailed
from codek7.core.ladder import Ladder, Policy
from codek7.core.measurement import Measurement
from codek7.core.media import MediaInfo, Probed, Source, VideoTrack
from codek7.core.pipeline.outline import Outline
from codek7.hub import Hub
from codek7.jobs import find_policy, ingest_source, plan_source
from codek7.lab.made import Made, make, sample_frames
from codek7.lab.progress import following
from codek7.lab.study import Study
from codek7.study.measuring import measure_asset

if TYPE_CHECKING:
    from codek7.core.frames import SampleFrames
    from codek7.lab.views.storyboard import Storyboard


class Clip:
    """A source that a lab has open."""

    def __init__(self, hub: Hub, source: Source, path: Path) -> None:
        self._hub = hub
        self.source = source
        self.path = path

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.source.uri).name

    @cached_property
    def probed(self) -> Probed:
        """What a prober read, and when every picture presents. Raises `MediaError`."""
        return self._hub.hooks.probe(self.path, self._hub.settings.limits)

    @property
    def info(self) -> MediaInfo:
        """What the source holds."""
        return self.probed.info

    @property
    def video(self) -> VideoTrack:
        """The picture track. Raises `MediaEmpty`."""
        if self.info.video is None:
            raise MediaEmpty(f"{self.name} has no pictures")
        return self.info.video

    # the seven verbs

    def probe(self) -> MediaInfo:
        """What the source holds, by its packets. Raises `MediaError`."""
        return self.info

    def plan(self, policy: str | Policy = "", *, ladder: Ladder | None = None) -> Ladder:
        """The ladder that a policy gives this clip, or one that is there, fitted to it."""
        return self.outline(policy, ladder=ladder).plan.ladder

    def encode(self, ladder: Ladder | None = None, *, policy: str | Policy = "") -> Made:
        """All renditions of a ladder; what was made before, by a study too, is not made again."""
        return make(self._hub, self.source, self.path, self.outline(policy, ladder=ladder))

    def moderate(self) -> tuple[Verdict, ...]:
        """What the moderators say of the sample pictures."""
        asset = Asset(id="", source=self.source, title=self.name)
        return self._hub.hooks.moderate(asset, self.info, self.frames()).answers

    def package(self, ladder: Ladder | None = None, *, policy: str | Policy = "") -> Made:
        """The same as `encode`, with its playlists written and checked: play it, or list its faults."""
        made = self.encode(ladder, policy=policy)
        _ = made.package
        return made

    def publish(self, ladder: Ladder | None = None, *, policy: str | Policy = "", title: str = "") -> Asset:
        """Publish in the lab's store, as `codek7 ingest` does. Raises what stopped it."""
        chosen = self._policy(policy)
        events = ingest_source(
            self._hub, self.source.uri, title=title, policy=chosen.name, ladder=ladder or self.plan(chosen)
        )
        with following(events, f"publishing {self.name}") as shown:
            last = [*shown][-1]
        if isinstance(last, JobFailed):
            raise Codek7Error(last.message, hint=last.hint)
        if isinstance(last, AssetHeld | AssetRefused):
            raise Codek7Error(f"{self.name} is not published: {last.reason}")
        return self._hub.catalog.asset(last.asset_id)

    def measure(self, asset: Asset, *, metric: str = "") -> dict[str, Measurement]:
        """Each rung of what was published of the clip, picture by picture, from the bytes that are served."""
        events = measure_asset(self._hub, asset.id, metric=metric)
        with following(events, f"measuring {self.name}") as shown:
            return {event.rendition: event.measurement for event in shown}

    # the search

    def study(self, policy: str | Policy = "", *, budget: int | None = None, run: bool = True) -> Study:
        """Look for the best ladder under a policy. Interrupted, it keeps what it has; run again, it goes
        on."""
        chosen = self._policy(policy)
        if budget is not None:
            chosen = replace(chosen, tuning=replace(chosen.tuning, budget=budget))
        study = Study(self._hub, self, chosen)
        return study.run() if run else study

    # more to look at

    def outline(self, policy: str | Policy = "", *, ladder: Ladder | None = None) -> Outline:
        """All that would be made: timeline, renditions, what is left out and why."""
        given = ladder or self._hub.hooks.plan_ladder(self.info, self._policy(policy))
        return plan_source(self._hub, self.source.uri, policy=self._hub.settings.policy, ladder=given)

    def frames(self) -> SampleFrames:
        """The sample pictures: about one a second, and one of each shot."""
        return sample_frames(self._hub, self.source, self.path, self.outline())

    def storyboard(self) -> Storyboard:
        """The clip shot by shot."""
        from codek7.lab.shots import shots_of
        from codek7.lab.views.storyboard import Storyboard

        frames = self.frames()
        return Storyboard(frames, shots_of(self._hub, self.path, self.probed), title=self.name)

    def _policy(self, policy: str | Policy) -> Policy:
        if isinstance(policy, Policy):
            return policy
        return find_policy(self._hub, policy or self._hub.settings.policy)

    def __repr__(self) -> str:
        return f"Clip({self.name!r})"

    def _repr_html_(self) -> str:
        from codek7.lab.displays import media_info

        return media_info(self.info)
