"""Jobs as the API shows them."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

import msgspec

from codek7.api import JobError, JobView
from codek7.core.errors import UsageError
from codek7.core.jobs import Job
from codek7.core.values import from_plain

HISTORY = (
    "job-queued", "job-started", "job-released", "job-requeued", "job-cancelled", "worker-died",
    "rung-dropped", "plugin-raised", "asset-published", "asset-held", "asset-refused", "error",
)  # fmt: skip
"""Events of a job that its page shows."""


class AttemptView(msgspec.Struct, frozen=True, kw_only=True):
    """One run of an encoder: what it was to make, the command, how it ended and the end of its output."""

    keys: list[str]
    tool: str
    command: str
    outcome: str
    started_us: int
    wall_us: int
    cpu_us: int
    tail: str


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to the job."""

    id: int
    at_us: int
    name: str
    event: dict[str, Any]


class JobDetail(JobView, frozen=True, kw_only=True):
    """A job with every attempt of an encoder, oldest first, and what happened to it, dead workers too."""

    ladder_hash: str
    attempts: list[AttemptView]
    history: list[Moment]


class Redo(msgspec.Struct, frozen=True, kw_only=True):
    """The job that was queued."""

    job: JobView


Limit = Annotated[int, msgspec.Meta(ge=1, le=1000)]


def view(job: Job, progress: float) -> JobView:
    """A job, as it is listed."""
    return JobView(**_fields(job, progress))


def detail(job: Job, progress: float, known: dict[str, Any]) -> JobDetail:
    """A job with what the catalog knows of its asset."""
    rows = [row for row in known["jobs"] if row["id"] == job.id]
    attempts = rows[0]["attempts"] if rows else []
    moments = [row for row in known["events"] if row["job_id"] == job.id and row["name"] in HISTORY]
    return JobDetail(
        **_fields(job, progress),
        ladder_hash=job.ladder_hash,
        attempts=from_plain(attempts, list[AttemptView]),
        history=from_plain(moments, list[Moment]),
    )


def _fields(job: Job, progress: float) -> dict[str, Any]:
    error = JobError(code=job.error_code, message=job.error_message) if job.error_code else None
    return {
        "id": job.id, "asset_id": job.asset_id, "state": job.state, "progress": round(progress, 4),
        "owner": job.owner, "policy": job.policy, "priority": job.priority, "tries": job.tries,
        "redo": list(job.request.redo) if job.request else [], "queued_us": job.queued_us,
        "started_us": job.started_us, "ended_us": job.ended_us, "error": error,
    }  # fmt: skip


def cursor_of(job: Job) -> str:
    """What asks for the jobs after this one."""
    since_us = job.queued_us or job.started_us
    return base64.urlsafe_b64encode(f"{since_us}:{job.id}".encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> tuple[int, str]:
    """The time and id that a cursor holds. Raises `UsageError`."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode(
            "ascii"
        )
        since_us, _, job_id = text.partition(":")
        if not since_us.isascii() or not since_us.isdigit() or len(since_us) > 18:
            raise ValueError(since_us)
        return int(since_us), job_id
    except (ValueError, binascii.Error) as error:
        raise UsageError("the cursor is none of this server's", hint="use `next` as it came") from error
