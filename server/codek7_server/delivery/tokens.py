"""Playback tokens, of a form that nginx's `secure_link` verifies as well.

    /v/<key id>.<mac>/<expiry>/<asset>/<version>/<path>
    mac = base64url(md5("<secret> <expiry> <asset>/<version> <secret>")), without padding

The token is in the path, before what it opens, so relative addresses in playlists carry it along: no cookie,
no rewriting. MD5 is what `secure_link` knows; the secret on both sides makes a keyed digest of it that can
be neither extended nor made to collide by somebody who does not have the secret.
"""

from __future__ import annotations

import hmac
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import md5
from pathlib import Path

from codek7.core.errors import KeyInvalid, SettingsInvalid
from codek7.core.records import ASSETS
from codek7_server.delivery.keys import FILE, VARIABLE, Key, make_first, read, signing

LOOK_S = 1.0
"""How soon a change of the keys' file is noticed."""
MAX_EXPIRY_DIGITS = 12


def mac(secret: str, expiry: str, prefix: str) -> str:
    """The signature of a version (`<asset>/<version>`) until an expiry."""
    signed = f"{secret} {expiry} {prefix} {secret}".encode()
    return urlsafe_b64encode(md5(signed, usedforsecurity=False).digest())[:22].decode("ascii")


def longest_life_s(ttl_s: int) -> int:
    """How long an address may be good after it was made."""
    return ttl_s + _step(ttl_s)


def _step(ttl_s: int) -> int:
    """Expiries are whole multiples of it."""
    return max(1, ttl_s // 2)


class Tokens:
    """Signs and verifies. Follows its file: a rotation is noticed within a second, by every process."""

    def __init__(self, home: Path, keys: tuple[Key, ...], *, ttl_s: int, environ: Mapping[str, str]) -> None:
        self._home = home
        self._environ = environ
        self._ttl_s = ttl_s
        self._fixed = bool(environ.get(VARIABLE, "").strip())
        self._keys = keys
        self._secrets = {key.id: key.secret for key in keys}
        self._seen = self._stamp()
        self._looked_at = time.monotonic()

    @classmethod
    def open(cls, home: Path, *, ttl_s: int = 21_600, environ: Mapping[str, str] = os.environ) -> Tokens:
        """The keys of the environment, else of the home; the first is made where there is none."""
        keys = read(home, environ) or make_first(home, int(time.time()))
        return cls(home, keys, ttl_s=ttl_s, environ=environ)

    @classmethod
    def only_verifying(cls, home: Path, *, ttl_s: int, environ: Mapping[str, str] = os.environ) -> Tokens:
        """The same, but none is made. Raises `SettingsInvalid` where there is none."""
        keys = read(home, environ)
        if not keys:
            raise SettingsInvalid(
                f"there are no playback keys: neither {home / FILE} nor {VARIABLE}",
                hint=f"copy the file {FILE} of the server's home",
            )
        return cls(home, keys, ttl_s=ttl_s, environ=environ)

    @property
    def keys(self) -> tuple[Key, ...]:
        """All that are good now. Another tuple once they changed."""
        if time.monotonic() - self._looked_at > LOOK_S:
            self._follow()
        return self._keys

    def url(self, playlist_key: str, *, now_s: int | None = None) -> str:
        """The address, from `/v/` on, of a published object (`assets/<asset>/<version>/<path>`).

        Expiries are rounded up to whole half lives, so that everybody is given the same address and caches
        are shared: it is good for one life at least, and one and a half at most.
        """
        asset, _, rest = playlist_key.removeprefix(ASSETS).partition("/")
        version, _, path = rest.partition("/")
        if not playlist_key.startswith(ASSETS) or not (asset and version and path):
            raise KeyInvalid(f"{playlist_key!a} is not the key of a published object")
        self._follow()
        now_s = int(time.time()) if now_s is None else now_s
        expiry = str(self._expiry(now_s))
        key = signing(self._keys, now_s)
        token = f"{key.id}.{mac(key.secret, expiry, f'{asset}/{version}')}"
        return f"/v/{token}/{expiry}/{asset}/{version}/{path}"

    def verify(self, token: str, expiry: str, prefix: str, *, now_s: float) -> bool:
        """Whether a token opens a version (`<asset>/<version>`) now."""
        if time.monotonic() - self._looked_at > LOOK_S:
            self._follow()
        key_id, _, given = token.partition(".")
        secret = self._secrets.get(key_id)
        if secret is None:  # perhaps one that was made just now
            self._follow()
            secret = self._secrets.get(key_id)
        if secret is None or not (expiry.isascii() and expiry.isdigit() and len(expiry) <= MAX_EXPIRY_DIGITS):
            return False
        try:
            right = hmac.compare_digest(mac(secret, expiry, prefix), given)
        except (TypeError, UnicodeError):  # what is not ASCII is no token
            return False
        return right and int(expiry) >= int(now_s)

    def _expiry(self, now_s: int) -> int:
        step = _step(self._ttl_s)
        return -(-(now_s + self._ttl_s) // step) * step

    def _follow(self) -> None:
        """Read the keys again where their file changed. A file that is gone or broken changes nothing:
        whoever plays goes on playing."""
        self._looked_at = time.monotonic()
        if self._fixed or (stamp := self._stamp()) == self._seen:
            return
        self._seen = stamp
        try:
            keys = read(self._home, self._environ)
        except SettingsInvalid:
            return
        if keys:
            self._keys = keys
            self._secrets = {key.id: key.secret for key in keys}

    def _stamp(self) -> tuple[int, int]:
        try:
            found = (self._home / FILE).stat()
        except OSError:
            return (0, 0)
        return (found.st_ino, found.st_mtime_ns)
