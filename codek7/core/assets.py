"""What the catalog knows of an asset, and what moderators say of it."""

from __future__ import annotations

import secrets
from typing import Any, Literal

import msgspec

from codek7.core.media import Source

State = Literal["queued", "working", "published", "held", "refused", "failed"]
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
    return one_line(title)[:MAX_TITLE]


def one_line(text: str) -> str:
    """Printable characters and single spaces: see `clean_title`."""
    return " ".join("".join(c if c.isprintable() and c not in _REORDERING else " " for c in text).split())


_REORDERING = frozenset(map(chr, [0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))


def new_rotation() -> str:
    """A fresh ending for the names of an asset's versions: 64 random bits in 16 characters."""
    return secrets.token_hex(8)


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """A source the catalog knows. `version` and `playlist` are of what is published now, else empty."""

    id: str
    source: Source
    title: str
    description: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    language: str = ""
    """BCP 47, or empty."""
    custom: dict[str, Any] = {}
    """Whatever its owner wants kept beside it: a JSON object."""
    state: State = "working"
    visibility: Visibility = "public"
    version: str = ""
    playlist: str = ""
    """The main playlist's key in the store."""
    ladder_hash: str = ""
    policy: str = ""
    duration_us: int = 0
    height: int = 0
    """Of the highest picture that is published; 0 where there is none."""
    created_us: int = 0
    updated_us: int = 0
    reason: str = ""
    """Why it was held or refused, or what failed."""
    decision: Literal["", "allow", "block"] = ""
    """A person's, which stands over what moderators say; empty where nobody decided."""
    rotation: str = ""
    """What the names of its versions end in from now on. Changed to take back all URLs given out before."""


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
