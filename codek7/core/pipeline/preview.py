"""A preview that grows while the rest encodes: the prefix of chunks that every rendition already has."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

from codek7.core.events import Event, PreviewPublished
from codek7.core.pipeline.plan import WorkPlan, renditions_of
from codek7.core.pipeline.publish import write_package
from codek7.core.ports import Store
from codek7.core.presentation import Package, Presentation
from codek7.core.records import ASSETS, ChunkRecord


class Preview:
    """Written anew, under an address nobody can guess, whenever the prefix got longer."""

    def __init__(
        self, plan: WorkPlan, asset_id: str, store: Store, package: Callable[[Presentation], Package]
    ) -> None:
        self.prefix = f"{ASSETS}{asset_id}/preview-{secrets.token_hex(16)}"
        self._plan, self._asset_id, self._store, self._package = plan, asset_id, store, package
        self._chunks = 0

    def grow(self, records: dict[str, ChunkRecord], dropped: dict[str, str]) -> Iterator[Event]:
        """Publish what is new; the first time, also say where."""
        plan = self._plan.without(dropped)
        keys = [each.keys for each in plan.video] + [each.keys for each in plan.audio]
        chunks = 0
        while chunks < len(plan.timeline.chunks) and all(each[chunks] in records for each in keys):
            chunks += 1
        if chunks <= self._chunks:
            return
        video, audio = renditions_of(plan, records, chunks=chunks)
        growing = Presentation(timeline=plan.timeline, video=video, audio=audio, growing=True)
        written = write_package(self._package(growing), self._store, self.prefix)
        if not self._chunks:
            url = self._store.public_url(written.playlist)
            yield PreviewPublished(asset_id=self._asset_id, playlist=written.playlist, url=url)
        self._chunks = chunks
