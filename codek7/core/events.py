"""What happens during a job, in the past tense. A program reads them one JSON object a line."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from codek7.core.assets import Verdict
from codek7.core.ladder import Ladder
from codek7.core.media import MediaInfo, Source
from codek7.core.records import ChunkRecord, Rendition
from codek7.core.tasks import Attempt


def _tag(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=_tag, tag_field="event"):
    """Common to all: the asset it happened to."""

    asset_id: str


class AssetCreated(Event, frozen=True, kw_only=True):
    """The source was taken in; the job began. Also the first event of a job that resumes."""

    source: Source
    title: str
    owner: str = ""
    policy: str = ""


class MediaProbed(Event, frozen=True, kw_only=True):
    """A prober read the source."""

    info: MediaInfo


class LadderPlanned(Event, frozen=True, kw_only=True):
    """What will be encoded. `reused` of `objects` objects exist already."""

    ladder: Ladder
    ladder_hash: str
    segments: int
    chunks: int
    duration_us: int
    objects: int
    reused: int


class WorkProgressed(Event, frozen=True, kw_only=True):
    """How far encoding is. `rendition` names a rung or a sound; `done_us` of `total_us` of it exist."""

    rendition: str
    done_us: int
    total_us: int
    speed: float = 0.0


class AttemptEnded(Event, frozen=True, kw_only=True):
    """A tool ended, well or not."""

    attempt: Attempt


class ChunkEncoded(Event, frozen=True, kw_only=True):
    """One chunk of one rendition is done and recorded; `rendition` is "samples" for the sample object."""

    rendition: str
    record: ChunkRecord


class ChunkReused(Event, frozen=True, kw_only=True):
    """One chunk of one rendition had been done before, by this asset's jobs or another's."""

    rendition: str
    record: ChunkRecord


class RungDropped(Event, frozen=True, kw_only=True):
    """A rung could not be made (or would repeat another); the presentation goes on without it."""

    rendition: str
    reason: str


class TrackSkipped(Event, frozen=True, kw_only=True):
    """A track of the source is not in the presentation, and why."""

    track: int
    reason: str


class PreviewPublished(Event, frozen=True, kw_only=True):
    """The finished prefix can be played while the rest encodes."""

    playlist: str
    url: str


class VerdictGiven(Event, frozen=True, kw_only=True):
    """A moderator judged."""

    verdict: Verdict


class PluginRaised(Event, frozen=True, kw_only=True):
    """A plugin failed where others could go on."""

    plugin: str
    hook: str
    message: str


class PresentationPackaged(Event, frozen=True, kw_only=True):
    """All playlists are written from the segment index, not yet visible."""

    version: str
    renditions: tuple[Rendition, ...]
    size_bytes: int


class PresentationChecked(Event, frozen=True, kw_only=True):
    """The validator read everything that is about to be published."""

    playlists: int
    segments: int
    faults: tuple[str, ...]
    advice: tuple[str, ...]


class AssetPublished(Event, frozen=True, kw_only=True):
    """Anyone allowed can play it. `playlist` is the main playlist's key in the store, `url` its address."""

    version: str
    playlist: str
    url: str
    renditions: int
    size_bytes: int
    duration_us: int


class AssetHeld(Event, frozen=True, kw_only=True):
    """Waiting for a person: nothing is published."""

    reason: str


class AssetRefused(Event, frozen=True, kw_only=True):
    """Refused by moderation: nothing is published."""

    reason: str


class JobFailed(Event, frozen=True, kw_only=True, tag="error"):
    """The job ended without a presentation. `code` is the error's stable code."""

    code: str
    message: str
    hint: str = ""


AnyEvent = (
    AssetCreated | MediaProbed | LadderPlanned | WorkProgressed | AttemptEnded | ChunkEncoded | ChunkReused
    | RungDropped | TrackSkipped | PreviewPublished | VerdictGiven | PluginRaised | PresentationPackaged
    | PresentationChecked | AssetPublished | AssetHeld | AssetRefused | JobFailed
)  # fmt: skip

Ending = Literal["asset-published", "asset-held", "asset-refused", "error"]


def name_of(event: Event) -> str:
    """The event's name on the wire: "asset-published"."""
    tag: Any = event.__struct_config__.tag
    return str(tag)
