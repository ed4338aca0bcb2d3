"""What was hashed before, so that it need not be read again.

Notes only save time: losing them costs a reading, and two processes that write at once lose one another's.
Whoever can write to the cache can make codek7 take one file for another; it deserves the home's protection.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from codek7.core.folders import make_private
from codek7.core.values import from_json, to_json

MOST = 1000


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """The hash of what had this mark; a changed thing has another mark."""

    mark: str
    sha256: str
    size_bytes: int


class Notes:
    """At most `MOST` notes by key, the latest ones, in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, key: str, mark: str) -> Note | None:
        """The note, where it is there and its mark is still this."""
        note = self._read().get(key)
        return note if note is not None and note.mark == mark else None

    def keep(self, key: str, note: Note) -> None:
        """Write a note. A full or read-only disk is no matter."""
        notes = self._read()
        notes.pop(key, None)
        notes[key] = note
        kept = dict(list(notes.items())[-MOST:])
        aside = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
        try:
            make_private(self._path.parent)
            aside.write_bytes(_in_order(kept))
            aside.replace(self._path)
        except OSError:
            aside.unlink(missing_ok=True)

    def _read(self) -> dict[str, Note]:
        try:
            return dict(from_json(self._path.read_bytes(), list[tuple[str, Note]]))
        except (OSError, msgspec.MsgspecError):
            return {}


def _in_order(notes: dict[str, Note]) -> bytes:
    return to_json(list(notes.items()))
