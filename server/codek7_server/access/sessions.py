"""Sessions of the pages: a random token in a cookie, kept as its hash. Signing out, or revoking the key that
signed in, ends one for good, which a signature alone could not."""

from __future__ import annotations

from codek7_server.access.accounts import Accounts
from codek7_server.access.keys import Key, digest, find, new_secret, now_us

SESSION_S = 30 * 86_400


def begin(accounts: Accounts, key: Key) -> str:
    """A new session of a key: what the cookie holds. Those that are over are forgotten."""
    token, now = new_secret(), now_us()
    with accounts.writing() as connection:
        connection.execute("DELETE FROM session WHERE expires_us <= ?", (now,))
        connection.execute(
            "INSERT INTO session (token_sha256, key_id, created_us, expires_us) VALUES (?, ?, ?, ?)",
            (digest(token), key.id, now, now + SESSION_S * 1_000_000),
        )
    return token


def key_of(accounts: Accounts, token: str) -> Key | None:
    """The key of a session that goes on; None where it is over."""
    row = accounts.one(
        "SELECT key_id FROM session WHERE token_sha256 = ? AND expires_us > ?", digest(token), now_us()
    )
    key = find(accounts, str(row[0])) if row else None
    return key if key and not key.revoked_us else None


def end(accounts: Accounts, token: str) -> None:
    """Sign out."""
    with accounts.writing() as connection:
        connection.execute("DELETE FROM session WHERE token_sha256 = ?", (digest(token),))
