"""What the server's API sends: the same values on both ends."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from codek7.core.assets import Decision, Span, State, Visibility
from codek7.core.jobs import JobState


class AssetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An asset as it is listed. Times are Unix microseconds. `progress` goes from 0 to 1, which it is only
    when the asset plays. `height` is that of the highest picture, 0 for sound. `poster` can be fetched
    without a key for some hours; it is null where there is no picture."""

    id: str
    title: str
    description: str
    owner: str
    tags: tuple[str, ...]
    category: str
    language: str
    state: State
    visibility: Visibility
    progress: float
    duration_us: int
    height: int
    created_us: int
    updated_us: int
    poster: str | None


class AssetPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some assets. `next` asks for those after them; null at the end."""

    items: list[AssetSummary]
    next: str | None


class RenditionView(msgspec.Struct, frozen=True, kw_only=True):
    """A rung that is published, or a sound. Rates are those of its bytes, segment by segment."""

    name: str
    kind: Literal["video", "audio"]
    codecs: str
    language: str
    title: str
    width: int | None
    height: int | None
    frame_rate: str | None
    dynamic_range: str | None
    channels: int | None
    average_bps: int | None
    peak_bps: int | None
    size_bytes: int
    duration_us: int


class TrackView(msgspec.Struct, frozen=True, kw_only=True):
    """A track of the source."""

    index: int
    kind: Literal["video", "audio", "subtitle"]
    codec: str
    language: str = ""
    title: str = ""
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = None
    channels: int | None = None


class AssetView(AssetSummary, frozen=True, kw_only=True):
    """All of an asset. `etag` changes with every edit: send it as If-Match to lose nobody's. `reason` says
    why it is held, refused or has failed, to its owner and moderators. `storyboard` is a WebVTT index of
    small pictures."""

    custom: dict[str, Any]
    policy: str
    size_bytes: int
    renditions: list[RenditionView]
    tracks: list[TrackView]
    storyboard: str | None
    previewable: bool
    reason: str
    etag: str


class PlaybackView(msgspec.Struct, frozen=True, kw_only=True):
    """How to play an asset: `playlist` needs nothing else, for `expires_s` seconds at least. A `preview` is
    of what is finished so far, and grows."""

    playlist: str
    expires_s: int
    preview: bool
    poster: str | None
    storyboard: str | None


class VerdictView(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement. `moderator` is who signed it; of a person, `person:` and their id. Spans are the evidence:
    scored stretches of the presentation."""

    moderator: str
    decision: Decision
    reason: str
    spans: list[Span]
    given_us: int
    job_id: str


class VerdictList(msgspec.Struct, frozen=True, kw_only=True):
    """Every judgement of an asset, the first one first."""

    items: list[VerdictView]


class JobError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job ended without a presentation. `code` is stable."""

    code: str
    message: str


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job. Times are Unix microseconds, 0 for what has not happened. `progress` goes from 0 to 1, which it
    is only when the asset plays, and never falls. `tries` are the tries that ended without a result.
    `queued_us` is 0 for jobs that a command runs by itself: these cannot be cancelled or requeued here."""

    id: str
    asset_id: str
    state: JobState
    progress: float
    owner: str
    policy: str
    priority: int
    tries: int
    redo: list[str]
    queued_us: int
    started_us: int
    ended_us: int
    error: JobError | None


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some jobs, the newest first. `next` asks for those after them; null at the end."""

    items: list[JobView]
    next: str | None


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a decision: where the asset stands, and the job that publishes it where it was allowed."""

    state: State
    job: JobView | None


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a query. Each row holds a value for each column; dates, bytes and the like are text,
    intervals seconds. `more`: there are further rows, beyond the limit."""

    columns: list[str]
    rows: list[list[Any]]
    more: bool


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why something came to nothing."""

    code: str
    detail: str
    hint: str = ""


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    """An import. `size_bytes` is null until the other server says; `asset` is empty until there is one."""

    id: str
    url: str
    state: Literal["fetching", "done", "failed", "cancelled"]
    received_bytes: int
    size_bytes: int | None
    asset: str
    created_us: int
    trouble: Trouble | None = None


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An API key without its secret. Times are Unix microseconds, 0 for never."""

    id: str
    owner: str
    name: str
    role: Literal["admin", "moderator", "uploader", "viewer"]
    created_us: int
    used_us: int = 0
    revoked_us: int = 0


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was just made. `secret` is the whole key, and is never shown again."""

    secret: str
    key: Key


class KeyList(msgspec.Struct, frozen=True, kw_only=True):
    """Every key, the oldest first."""

    items: list[Key]
