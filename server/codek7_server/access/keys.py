"""API keys: made once, shown once, kept as hashes, revocable at once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from typing import get_args

import msgspec

from codek7.core.assets import new_id
from codek7.core.errors import KeyNotFound, Unauthenticated, UsageError
from codek7.core.values import from_plain
from codek7_server.access.accounts import Accounts
from codek7_server.identity import Identity, Role

PREFIX = "ck7"
"""By which scanners of source code recognise a key that was committed."""
MAX_NAME = 200
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz"
_LENGTH = 45
"""Of 54 characters, 5.75 bits each: 258 bits."""
_ID = re.compile("[0-9a-z]{1,32}")
_FORM = re.compile(rf"{PREFIX}_({_ID.pattern})_([0-9A-Za-z]{{1,100}})")


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret. Times are Unix microseconds, 0 for never; `used_us` may be a minute late."""

    id: str
    owner: str
    name: str
    role: Role
    created_us: int
    used_us: int = 0
    revoked_us: int = 0


_COLUMNS = ", ".join(Key.__struct_fields__)


def new_secret() -> str:
    """256 random bits and a little more, in characters that a double click selects."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def digest(secret: str) -> bytes:
    """What is kept of a secret. A plain SHA-256 is right here: slow hashes (argon2) are for what people make
    up; 256 random bits cannot be guessed however fast the hash is, and this one runs on every request."""
    return hashlib.sha256(secret.encode()).digest()


def new_key(accounts: Accounts, *, role: Role, name: str = "", owner: str = "") -> tuple[str, Key]:
    """A new key, as it is to be used, and what is known of it. `owner`: in whose name, else its own."""
    if role not in get_args(Role):
        raise UsageError(f"there is no role {role!r}", hint=f"one of {', '.join(get_args(Role))}")
    if owner and not _ID.fullmatch(owner):
        raise UsageError(
            f"{owner!r} is no owner", hint="it is the `owner` of another key: `codek7 key ls --json`"
        )
    key_id, secret = new_id(), new_secret()
    name = "".join(c for c in name if c.isprintable())[:MAX_NAME]
    key = Key(id=key_id, owner=owner or key_id, name=name, role=role, created_us=now_us())
    with accounts.writing() as connection:
        connection.execute(
            "INSERT INTO key (id, secret_sha256, owner, name, role, created_us) VALUES (?, ?, ?, ?, ?, ?)",
            (key.id, digest(secret), key.owner, key.name, key.role, key.created_us),
        )
    return f"{PREFIX}_{key_id}_{secret}", key


def check(accounts: Accounts, text: str) -> Key:
    """The key that this is. Raises `Unauthenticated`, without saying what is wrong with it."""
    key_id, secret = said.groups() if (said := _FORM.fullmatch(text)) else ("", "")
    row = accounts.one(f"SELECT secret_sha256, {_COLUMNS} FROM key WHERE id = ?", key_id)  # noqa: S608  # our names
    kept = row[0] if row else bytes(32)
    same = hmac.compare_digest(digest(secret), kept if isinstance(kept, bytes) else b"")
    if row is None or not same or row[-1]:
        raise Unauthenticated("the API key is not valid", hint="it may have been revoked, or copied in part")
    return _key(row[1:])


def find(accounts: Accounts, key_id: str) -> Key | None:
    """A key by its id."""
    row = accounts.one(f"SELECT {_COLUMNS} FROM key WHERE id = ?", key_id)  # noqa: S608  # our names
    return _key(row) if row else None


def every_key(accounts: Accounts) -> list[Key]:
    """The oldest first, revoked ones too."""
    return [_key(row) for row in accounts.all(f"SELECT {_COLUMNS} FROM key ORDER BY created_us, id")]  # noqa: S608  # our names


def revoke(accounts: Accounts, key_id: str) -> Key:
    """No request is answered for it any more, and its sessions are over. Raises `KeyNotFound`."""
    with accounts.writing() as connection:
        connection.execute(
            "UPDATE key SET revoked_us = ? WHERE id = ? AND revoked_us = 0", (now_us(), key_id)
        )
        connection.execute("DELETE FROM session WHERE key_id = ?", (key_id,))
    key = find(accounts, key_id)
    if key is None:
        raise KeyNotFound(f"there is no key {key_id!r}", hint="`codek7 key ls` lists them")
    return key


def note_used(accounts: Accounts, used_us: dict[str, int]) -> None:
    """When each key was last used."""
    with accounts.writing() as connection:
        connection.executemany(
            "UPDATE key SET used_us = ? WHERE id = ?", [(t, k) for k, t in used_us.items()]
        )


def as_identity(key: Key) -> Identity:
    """Whom the key stands for."""
    return Identity(id=key.owner, name=key.name, role=key.role)


def now_us() -> int:
    """Unix time in microseconds."""
    return time.time_ns() // 1000


def _key(row: tuple[object, ...]) -> Key:
    return from_plain(dict(zip(Key.__struct_fields__, row, strict=True)), Key)
