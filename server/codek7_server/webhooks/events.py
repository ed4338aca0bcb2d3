"""Which events are told, and how."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import msgspec

from codek7.core.events import AnyEvent, Noted

_TOO_MANY = frozenset({
    "work-progressed", "job-progressed", "attempt-ended", "chunk-encoded", "chunk-reused",
})  # fmt: skip
"""What happens by the thousand in every job is followed at /api/events."""

EVENTS: tuple[str, ...] = tuple(
    sorted(
        str(kind.__struct_config__.tag)
        for kind in get_args(AnyEvent)
        if kind.__struct_config__.tag not in _TOO_MANY
    )
)
"""All that a webhook may ask for, by the names of docs/reference/events.md."""


def body_of(noted: Noted) -> bytes:
    """The message: type, time and the event itself."""
    said: dict[str, Any] = {
        "type": noted.name,
        "timestamp": datetime.fromtimestamp(noted.at_us / 1_000_000, UTC).isoformat().replace("+00:00", "Z"),
        "data": {**noted.event, "job_id": noted.job_id, "id": noted.id},
    }
    return msgspec.json.encode(said)
