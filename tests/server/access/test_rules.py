"""The whole matrix: every action, everybody, on what is theirs, others' and nobody's."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from codek7.core.assets import Asset, State, Visibility
from codek7.core.errors import Forbidden, Unauthenticated
from codek7.core.media import Source
from codek7_server.access import Action, authorise, may, sees_all
from codek7_server.access.rules import RULES
from codek7_server.identity import ANYONE, RANK, Identity

PEOPLE: dict[str, Identity] = {
    "anyone": ANYONE,
    **{role: Identity(id=f"the-{role}", role=role) for role in RANK},
}

# Who may do it to what is others' (or to nothing in particular), and who to what is their own.
MODERATORS, ADMINS = {"moderator", "admin"}, {"admin"}
UPLOADERS = {"uploader", *MODERATORS}
EVERYONE = set(PEOPLE)
EXPECTED: dict[Action, tuple[set[str], set[str]]] = {
    "asset:list": (EVERYONE, EVERYONE),
    "asset:preview": (MODERATORS, UPLOADERS),
    "asset:upload": (UPLOADERS, UPLOADERS),
    "asset:edit": (MODERATORS, UPLOADERS),
    "asset:remove": (MODERATORS, UPLOADERS),
    "asset:republish": (MODERATORS, UPLOADERS),
    "asset:moderate": (MODERATORS, MODERATORS),
    "asset:statistics": (MODERATORS, UPLOADERS),
    "upload:continue": (set(), UPLOADERS),
    "upload:remove": (ADMINS, UPLOADERS),
    "job:list": (UPLOADERS, UPLOADERS),
    "job:see": (MODERATORS, UPLOADERS),
    "job:control": (MODERATORS, UPLOADERS),
    "event:follow": (UPLOADERS, UPLOADERS),
    "record:post": (EVERYONE, EVERYONE),
    "sql:run": (ADMINS, ADMINS),
    "key:manage": (ADMINS, ADMINS),
    "webhook:manage": (ADMINS, ADMINS),
    "metrics:see": (ADMINS, ADMINS),
}
SHOWN: tuple[Action, ...] = ("asset:see", "asset:play")


def asset(owner: str, state: State = "published", visibility: Visibility = "public") -> Asset:
    source = Source(uri="file:///x", sha256="0" * 64, size_bytes=1)
    return Asset(id="a", source=source, title="", owner=owner, state=state, visibility=visibility)


def test_the_matrix_is_whole() -> None:
    assert set(get_args(Action)) == set(RULES) == {*EXPECTED, *SHOWN}


@pytest.mark.parametrize(("action", "who"), list(product(EXPECTED, PEOPLE)))
def test_each_may_do_what_the_table_says(action: Action, who: str) -> None:
    identity = PEOPLE[who]
    to_others, to_own = EXPECTED[action]
    assert may(identity, action, asset("somebody-else")) == (who in to_others)
    assert may(identity, action, asset("")) == (who in to_others), "what has no owner is nobody's"
    assert may(identity, action, asset(identity.id or "nobody")) == (
        who in (to_own if identity.id else to_others)
    )
    assert may(identity, action) == (who in to_others)


@pytest.mark.parametrize(
    ("action", "who", "state", "visibility"),
    list(product(SHOWN, PEOPLE, get_args(State), get_args(Visibility))),
)
def test_assets_are_shown_to_their_audience(
    action: Action, who: str, state: State, visibility: Visibility
) -> None:
    identity = PEOPLE[who]
    public = state == "published" and visibility in ("public", "unlisted")
    assert may(identity, action, asset("somebody-else", state, visibility)) == (public or who in MODERATORS)
    assert may(identity, action, asset("", state, visibility)) == (public or who in MODERATORS)
    assert may(identity, action, asset(identity.id or "x", state, visibility)) == (public or who != "anyone")


@pytest.mark.parametrize("who", PEOPLE)
def test_lists_hold_everything_for_moderators(who: str) -> None:
    assert sees_all(PEOPLE[who]) == (who in MODERATORS)


def test_a_refusal_says_whether_saying_who_asks_would_help() -> None:
    with pytest.raises(Unauthenticated):
        authorise(ANYONE, "sql:run")
    with pytest.raises(Forbidden, match=r"uploader.*it takes the role moderator, or to own it"):
        authorise(PEOPLE["uploader"], "asset:edit", asset("somebody-else"))
    with pytest.raises(Forbidden, match="only its owner may"):
        authorise(PEOPLE["admin"], "upload:continue", asset("somebody-else"))
    authorise(PEOPLE["uploader"], "asset:edit", asset("the-uploader"))


def test_a_viewers_key_owns_nothing_to_change() -> None:
    """Such as one whose role was lowered: its assets stay, and it may see them."""
    viewer = PEOPLE["viewer"]
    assert may(viewer, "asset:see", asset(viewer.id, visibility="private"))
    assert not may(viewer, "asset:edit", asset(viewer.id))
