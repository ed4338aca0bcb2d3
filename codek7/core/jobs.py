"""Jobs of a server: what was asked for, and where it stands."""

from __future__ import annotations

from typing import Literal

import msgspec

from codek7.core.ladder import Ladder

JobState = Literal[
    "queued", "working", "published", "held", "refused", "failed", "interrupted", "superseded", "cancelled"
]
UNFINISHED: tuple[JobState, ...] = ("queued", "working")
OVER: tuple[JobState, ...] = (
    "published", "held", "refused", "failed", "interrupted", "superseded", "cancelled"
)  # fmt: skip


class JobRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a job shall make. Without a ladder one is planned under the policy.

    `redo` names renditions whose finished work is thrown away and made again; `rotation` then tells apart the
    versions that follow.
    """

    policy: str
    ladder: Ladder | None = None
    redo: tuple[str, ...] = ()
    rotation: str = ""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the pipeline for an asset. Times are Unix microseconds, 0 for what has not happened.

    Of a job that a command runs by itself, `request` is None and `queued_us` 0. `tries` are the workers that
    died at it. `progress` is what was last noted; a server knows better while the job runs.
    """

    id: str
    asset_id: str
    state: JobState
    owner: str = ""
    policy: str = ""
    ladder_hash: str = ""
    priority: int = 0
    tries: int = 0
    progress: float = 0.0
    queued_us: int = 0
    started_us: int = 0
    ended_us: int = 0
    error_code: str = ""
    error_message: str = ""
    source_sha256: str = ""
    request: JobRequest | None = None
