"""What happens during a job, in the past tense. A program reads them one JSON object a line."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from codek7.core.assets import Verdict, Visibility
from codek7.core.edits import Edit
from codek7.core.jobs import JobRequest
from codek7.core.ladder import Ladder
from codek7.core.measurement import Measurement
from codek7.core.media import MediaInfo, Source
from codek7.core.records import ChunkRecord, Rendition
from codek7.core.tasks import Attempt
from codek7.core.values import to_plain


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


class RenditionMeasured(Event, frozen=True, kw_only=True):
    """A rung of a published version was measured, all of it, against the source."""

    version: str
    rendition: str
    measurement: Measurement


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
    """Refused by moderation: nothing is published. `rotation` names the versions that may follow."""

    reason: str
    rotation: str = ""


class AssetEdited(Event, frozen=True, kw_only=True):
    """Someone changed what is said of the asset, or who may see it; `by` whom, where that is known."""

    edit: Edit
    by: str = ""


class AssetDecided(Event, frozen=True, kw_only=True):
    """A person decided, and that stands over moderators. Of a blocked one nothing is published any more;
    `rotation` names the versions that may follow. One that is allowed goes on with its next job."""

    decision: Literal["allow", "block"]
    reason: str = ""
    by: str = ""
    rotation: str = ""


class VersionMoved(Event, frozen=True, kw_only=True):
    """What is published has other URLs, and all before are taken back."""

    was: str
    version: str
    playlist: str
    url: str
    rotation: str


class AssetRemoved(Event, frozen=True, kw_only=True):
    """The asset is gone, with all that was known of it."""

    by: str = ""


class JobFailed(Event, frozen=True, kw_only=True, tag="error"):
    """The job ended without a presentation. `code` is the error's stable code."""

    code: str
    message: str
    hint: str = ""


class AssetTakenIn(Event, frozen=True, kw_only=True):
    """A server has the source; nothing is made of it yet. A job is queued beside it."""

    source: Source
    title: str
    owner: str = ""
    policy: str = ""
    visibility: Visibility = "private"
    description: str = ""
    category: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    custom: dict[str, str] = {}


class JobQueued(Event, frozen=True, kw_only=True):
    """Somebody asked for a job; it waits for its turn. Higher priorities go first."""

    request: JobRequest
    owner: str = ""
    priority: int = 0


class JobStarted(Event, frozen=True, kw_only=True):
    """A worker took the job on; for the `number`-th time where others died at it."""

    number: int


class JobReleased(Event, frozen=True, kw_only=True):
    """The job waits for its turn again, through no fault of its own: what is finished stays finished."""

    reason: str


class WorkerDied(Event, frozen=True, kw_only=True):
    """A worker ended without an ending of its job; the job waits for its turn again. `tail` is the end of
    what it wrote."""

    number: int
    reason: str
    tail: str = ""


class JobProgressed(Event, frozen=True, kw_only=True):
    """How far the whole job is, from 0 to 1, which it is when the asset plays. It never goes back."""

    progress: float


class JobCancelled(Event, frozen=True, kw_only=True):
    """Somebody did not want it any more."""

    by: str = ""


class JobRequeued(Event, frozen=True, kw_only=True):
    """Somebody, or the server after a pause, wants a job that had ended to be tried again."""

    by: str = ""


AnyEvent = (
    AssetCreated | MediaProbed | LadderPlanned | WorkProgressed | AttemptEnded | ChunkEncoded | ChunkReused
    | RungDropped | TrackSkipped | PreviewPublished | VerdictGiven | PluginRaised | PresentationPackaged
    | PresentationChecked | RenditionMeasured | AssetPublished | AssetHeld | AssetRefused | JobFailed
    | AssetEdited | AssetDecided | VersionMoved | AssetRemoved
    | AssetTakenIn | JobQueued | JobStarted | JobReleased | WorkerDied | JobProgressed | JobCancelled
    | JobRequeued
)  # fmt: skip

Ending = Literal["asset-published", "asset-held", "asset-refused", "error"]


def name_of(event: Event) -> str:
    """The event's name on the wire: "asset-published"."""
    tag: Any = event.__struct_config__.tag
    return str(tag)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event after its commit. `id` is its place in the history, rising; 0 for what that leaves out."""

    id: int = 0
    at_us: int
    job_id: str
    event: AnyEvent


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the history has it, and as it is sent out: plain, and short."""

    id: int
    at_us: int
    asset_id: str
    job_id: str
    name: str
    event: dict[str, Any]


def noted(told: Told) -> Noted:
    """The event as it is sent out."""
    event = told.event
    return Noted(
        id=told.id,
        at_us=told.at_us,
        asset_id=event.asset_id,
        job_id=told.job_id,
        name=name_of(event),
        event=brief(event),
    )


def brief(event: Event) -> dict[str, Any]:
    """Plain. What has a table of its own (records, renditions) is named, not repeated."""
    row: dict[str, Any] = to_plain(event)
    if isinstance(event, ChunkEncoded | ChunkReused):
        row["record"] = {
            name: row["record"][name] for name in ("key", "kind", "chunk", "size_bytes", "frames")
        }
    if isinstance(event, PresentationPackaged):
        row["renditions"] = [rendition.name for rendition in event.renditions]
    if isinstance(event, RenditionMeasured):
        row["measurement"] |= {"per_frame": []}
    return row
