"""What the catalog knows of an asset, and what moderators say of it."""

from __future__ import annotations

import secrets
from typing import Literal

import msgspec

from codek7.core.media import Source

State = Literal["working", "published", "held", "refused", "failed"]
Visibility = Literal["public", "unlisted", "private"]
Decision = Literal["allow", "review", "block"]
SEVERITY: tuple[Decision, ...] = ("allow", "review", "block")

MAX_TITLE = 500


def new_id() -> str:
    """A fresh asset or job id: 80 random bits in 16 characters that need no escaping anywhere."""
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
    return "".join(secrets.choice(alphabet) for _ in range(16))


def clean_title(title: str) -> str:
    """A title fit to be shown anywhere: printable characters, single spaces, at most `MAX_TITLE` of them.

    Control characters and the overrides that reorder what follows are dropped; escaping is the page's duty.
    """
    kept = "".join(c if c.isprintable() and c not in _REORDERING else " " for c in title)
    return " ".join(kept.split())[:MAX_TITLE]


_REORDERING = frozenset(map(chr, [0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A source the catalog knows. `version` and `playlist` are of what is published now, else empty."""

    id: str
    source: Source
    title: str
    owner: str = ""
    tags: tuple[str, ...] = ()
    state: State = "working"
    visibility: Visibility = "public"
    version: str = ""
    playlist: str = ""
    """The main playlist's key in the store."""
    ladder_hash: str = ""
    policy: str = ""
    duration_us: int = 0
    created_us: int = 0
    updated_us: int = 0
    reason: str = ""
    """Why it was held or refused, or what failed."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A scored stretch of presentation time; `score` from 0 (certainly fine) to 1."""

    start_us: int
    end_us: int
    score: float
    label: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One moderator's judgement, signed `name@version`, with the evidence it rests on."""

    moderator: str
    decision: Decision
    reason: str = ""
    spans: tuple[Span, ...] = ()


def weigh(verdicts: tuple[Verdict, ...]) -> Decision:
    """The gravest decision wins: allow < review < block."""
    return max((v.decision for v in verdicts), key=SEVERITY.index, default="allow")
