"""What requests to /api/assets say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from litestar.params import Parameter

from codek7.core.assets import State, Visibility
from codek7.core.errors import LadderInvalid
from codek7.core.ladder import Ladder
from codek7.core.values import from_plain
from codek7_server.identity import Identity
from codek7_server.library.queries import Query, Sort

AssetId = Annotated[str, Parameter(description="Of the asset.", pattern="^[0-9a-z]{1,32}$")]
IfMatch = Annotated[
    str, Parameter(header="If-Match", description="`etag` of the asset as it was read.", max_length=2000)
]
Tags = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=200)]] | None,
    Parameter(query="tag", max_items=50, description="Only those with all of these tags."),
]
SORTED: dict[str, Literal["rising", "falling"]] = {"asc": "rising", "desc": "falling"}


def text(description: str) -> Any:
    """A parameter to filter by."""
    return Parameter(max_length=200, description=description)


Words = Annotated[
    str, Parameter(max_length=500, description="Words of the title, tags, category or description.")
]
Owner = Annotated[str | None, text('Only those of an owner; "me" for your own.')]
Category = Annotated[str | None, text("Only those of a category.")]
Language = Annotated[str | None, text('Only those in a language; "en" finds "en-GB", too.')]
OneState = Annotated[State | None, Parameter(query="state", description="Only those in this state.")]
OneVisibility = Annotated[Visibility | None, Parameter(description="Only those with this visibility.")]
OneSort = Annotated[
    Sort | None, Parameter(description="By relevance where `q` is given, else `created`, unless told.")
]
Order = Annotated[
    Literal["asc", "desc"] | None,
    Parameter(description="Titles rise, all else falls, unless told; relevance always falls."),
]
Cursor = Annotated[str, Parameter(max_length=1000, description="`next` of the page before.")]
Limit = Annotated[int, Parameter(ge=1, le=200, description="At most so many.")]


class Republish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an asset shall be presented: with a ladder, as `codek7 plan -o` writes it, or one planned under a
    policy; without either, under the policy it had."""

    ladder: dict[str, Any] | None = None
    policy: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moderator's decision, which stands over what moderation plugins say."""

    decision: Literal["allow", "block"]
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""


def query_of(
    identity: Identity,
    *,
    owner: str | None,
    tags: list[str] | None,
    order: Literal["asc", "desc"] | None,
    **given: Any,
) -> Query:
    """The library's query."""
    mine = identity.id if owner == "me" else owner
    return Query(owner=mine, tags=tuple(tags or ()), direction=SORTED[order] if order else None, **given)


def ladder_of(given: dict[str, Any] | None) -> Ladder | None:
    """Raises `LadderInvalid`."""
    if given is None:
        return None
    try:
        return from_plain(given, Ladder)
    except (ValueError, msgspec.MsgspecError) as error:
        if isinstance(error, LadderInvalid):
            raise
        raise LadderInvalid(f"the ladder cannot be read: {error}", hint="`codek7 plan` writes one") from error


def unless_of(if_match: str) -> str:
    """The tag that an edit is meant for; empty for any. Weak ones match nothing (RFC 9110, 13.1.1)."""
    if not if_match or if_match.strip() == "*":
        return ""
    tags = [tag.strip() for tag in if_match.split(",")]
    return next((tag[1:-1] for tag in tags if tag[:1] == tag[-1:] == '"' and len(tag) > 2), "none")
