"""Playback keys: what tokens are signed with. They are kept as text, one a line, the newest last.

A line is `id:secret:from`: the key signs from that Unix time on. An environment variable holds the same,
with commas.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from codek7.core.errors import SettingsInvalid
from codek7.core.folders import make_private

FILE = "playback.keys"
VARIABLE = "CODEK7_PLAYBACK_KEYS"
NOTICE_S = 60
"""How long a new key is known before it signs: for nginx to be reloaded, for files to be copied."""
NGINX_FILE = "playback.keys.nginx"
"""The same keys as entries of nginx's `map`, once a configuration for nginx was asked for."""

_LINE = re.compile(r"(?P<id>[a-z0-9]{1,16}):(?P<secret>[A-Za-z0-9_-]{32,64})(?::(?P<from>\d{1,12}))?")


class Key(NamedTuple):
    """A secret and its name, which is part of every token that it signed."""

    id: str
    secret: str
    from_s: int = 0

    def __repr__(self) -> str:
        return f"Key(id={self.id!r})"


def new_key(now_s: int) -> Key:
    """256 bits from the system."""
    return Key(secrets.token_hex(4), secrets.token_urlsafe(32), now_s)


def parse(text: str, where: str) -> tuple[Key, ...]:
    """Raises `SettingsInvalid`, which repeats nothing of the text."""
    found = []
    for number, line in enumerate(re.split(r"[\s,]+", text.strip()), 1):
        fields = _LINE.fullmatch(line)
        if fields is None:
            raise SettingsInvalid(
                f"{where}: key {number} cannot be read",
                hint="keys are written id:secret, separated by commas or line ends",
            )
        found.append(Key(fields["id"], fields["secret"], int(fields["from"] or 0)))
    if len({key.id for key in found}) != len(found):
        raise SettingsInvalid(f"{where}: two keys have the same id")
    return tuple(found)


def read(home: Path, environ: Mapping[str, str]) -> tuple[Key, ...]:
    """The environment's keys, else the home's; none where there is no file yet."""
    if environ.get(VARIABLE, "").strip():
        return parse(environ[VARIABLE], VARIABLE)
    try:
        return parse((home / FILE).read_text("ascii"), str(home / FILE))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeError) as error:
        raise SettingsInvalid(f"{home / FILE} cannot be read", hint="check its owner and mode") from error


def make_first(home: Path, now_s: int) -> tuple[Key, ...]:
    """The home's keys, one being made where there is none. Two processes that begin at once get the same."""
    with _alone(home):
        found = read(home, {})
        if not found:
            found = (new_key(now_s),)
            _write(home, found)
        return found


def signing(keys: Sequence[Key], now_s: float) -> Key:
    """The one that signs now: the newest whose time has come."""
    return next((key for key in reversed(keys) if key.from_s <= now_s), keys[0])


def rotate(home: Path, now_s: int, keep_s: int, *, notice_s: int = NOTICE_S) -> tuple[Key, ...]:
    """Add a key, which signs from `notice_s` on, so that all who verify know it before. Those that signed
    nothing within `keep_s` any more are dropped; with 0 all old ones are, and what they signed ends at once.
    """
    with _alone(home):
        old = read(home, {})
        until_s = [key.from_s for key in old[1:]] + [now_s + notice_s]
        kept = (key for key, last_s in zip(old, until_s, strict=False) if keep_s and last_s + keep_s > now_s)
        keys = (*kept, new_key(now_s + notice_s if keep_s else now_s))
        _write(home, keys)
        if (home / NGINX_FILE).exists():
            write_for_nginx(home, keys)
        return keys


def write_for_nginx(home: Path, keys: Sequence[Key]) -> Path:
    """Entries of nginx's `map` from a key's id to its secret; the file. Unknown ids get a secret that nobody
    knows."""
    path = home / NGINX_FILE
    entries = [("default", secrets.token_urlsafe(32)), *((f'"{key.id}"', key.secret) for key in keys)]
    _replace(path, "".join(f'{key_id} "{secret}";\n' for key_id, secret in entries))
    return path


def _write(home: Path, keys: Sequence[Key]) -> None:
    _replace(home / FILE, "".join(f"{key.id}:{key.secret}:{key.from_s}\n" for key in keys))


def _replace(path: Path, text: str) -> None:
    """Whole or not at all, and for the owner's eyes only."""
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "w", encoding="ascii") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    folder = home / "run"
    make_private(folder)
    lock = os.open(folder / "playback-keys.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
