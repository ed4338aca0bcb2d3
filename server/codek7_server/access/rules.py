"""What each may do: one table of actions, and the one question that every route asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

from codek7.core.assets import Asset
from codek7.core.errors import Forbidden, Unauthenticated
from codek7_server.identity import RANK, Identity, Role

Action = Literal[
    "asset:list", "asset:see", "asset:play", "asset:preview", "asset:upload", "asset:edit", "asset:remove",
    "asset:republish", "asset:moderate", "asset:statistics", "upload:continue", "upload:remove", "job:list",
    "job:see", "job:control", "event:follow", "record:post", "sql:run", "key:manage", "webhook:manage",
    "metrics:see",
]  # fmt: skip


class Owned(Protocol):
    """What somebody owns: an asset, a job, an unfinished upload. Owner "" is nobody's."""

    @property
    def owner(self) -> str: ...


class _Nobodys(NamedTuple):
    owner: str = ""


Rule = Callable[[Identity, Owned | None], bool]


def _anyone(_identity: Identity, _subject: Owned | None) -> bool:
    return True


def _from(role: Role) -> Rule:
    """Those of the role and of those above it. Whoever did not say who they are has no role."""
    return lambda identity, _: bool(identity.id) and RANK.index(identity.role) >= RANK.index(role)


def _owner_or(role: Role) -> Rule:
    """Uploaders on what is theirs; those from the role on, on all."""
    return lambda identity, subject: (
        _from(role)(identity, subject) or (_from("uploader")(identity, subject) and _owns(identity, subject))
    )


def _owns(identity: Identity, subject: Owned | None) -> bool:
    return subject is not None and bool(identity.id) and identity.id == subject.owner


def _audience(identity: Identity, subject: Owned | None) -> bool:
    """Whom an asset is shown to: everyone once it is published, unless it is private. Unlisted ones are for
    everyone who knows the id, which nobody can guess."""
    if isinstance(subject, Asset) and subject.state == "published" and subject.visibility != "private":
        return True
    return _owns(identity, subject) or _from("moderator")(identity, subject)


RULES: dict[Action, Rule] = {
    "asset:list": _anyone,  # a list holds what its reader may find: see `sees_all`
    "asset:see": _audience,
    "asset:play": _audience,
    "asset:preview": _owner_or("moderator"),
    "asset:upload": _from("uploader"),
    "asset:edit": _owner_or("moderator"),
    "asset:remove": _owner_or("moderator"),
    "asset:republish": _owner_or("moderator"),
    "asset:moderate": _from("moderator"),
    "asset:statistics": _owner_or("moderator"),
    "upload:continue": lambda identity, subject: (
        _from("uploader")(identity, subject) and _owns(identity, subject)
    ),
    "upload:remove": _owner_or("admin"),
    "job:list": _from("uploader"),  # their own; all of them where `sees_all`
    "job:see": _owner_or("moderator"),
    "job:control": _owner_or("moderator"),
    "event:follow": _from("uploader"),
    "record:post": _anyone,
    "sql:run": _from("admin"),
    "key:manage": _from("admin"),
    "webhook:manage": _from("admin"),
    "metrics:see": _from("admin"),
}


def may(identity: Identity, action: Action, subject: Owned | None = None) -> bool:
    """Whether they may. `subject` is what it would be done to, for actions on something that is there."""
    return RULES[action](identity, subject)


def authorise(identity: Identity, action: Action, subject: Owned | None = None) -> None:
    """Raises `Unauthenticated` where somebody might who said who they are, `Forbidden` where they did."""
    if may(identity, action, subject):
        return
    if not identity.id:
        raise Unauthenticated(
            f"{action} is not for everyone: say who asks", hint="send an API key: Authorization: Bearer ck7_…"
        )
    raise Forbidden(f"{action} is not allowed to a key with the role {identity.role}", hint=_hint(action))


def sees_all(identity: Identity) -> bool:
    """Whether their lists (assets, jobs, events) hold everybody's, or their own and what is public."""
    return _from("moderator")(identity, None)


def _hint(action: Action) -> str:
    """The lowest role that could, whoever owns the subject."""
    could = [role for role in RANK if may(Identity(id="?", role=role), action, _Nobodys())]
    return f"it takes the role {could[0]}, or to own it" if could else "only its owner may"
