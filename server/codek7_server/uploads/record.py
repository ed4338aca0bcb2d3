"""What is known of an upload, kept beside its bytes in HOME/uploads/<id>/."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from codek7.core.assets import Visibility
from codek7.core.folders import make_private
from codek7.core.values import from_json

State = Literal["open", "whole", "taken", "refused", "ended", "expired"]
"""`whole`: every byte is here, and the asset is about to be made. `ended`: by who sent it."""
Kind = Literal["tus", "form", "import"]

RECORD, DATA, UNVERIFIED = "upload.json", "data", "unverified"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What people say of what they send. `filename` is shown, never used as a path."""

    filename: str = ""
    title: str = ""
    visibility: Visibility = "public"
    policy: str = ""
    more: dict[str, str] = {}
    """description, tags, language, category: as they came."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload, whatever it came to. Times are Unix microseconds."""

    id: str
    owner: str
    kind: Kind = "tus"
    size_bytes: int | None
    """None where nobody says."""
    said: Said = Said()
    url: str = ""
    """Of an import: where it comes from."""
    state: State = "open"
    created_us: int
    changed_us: int
    """When the state last changed."""
    asset_id: str = ""
    """Chosen before the asset is made, so that making it twice is making it once."""
    sha256: str = ""
    code: str = ""
    """Why it came to nothing: the error's code, and what it said."""
    reason: str = ""
    hint: str = ""


def folder_of(root: Path, upload_id: str) -> Path:
    """The upload's own folder; its name is an id that we made."""
    return root / upload_id


def save(root: Path, upload: Upload) -> None:
    """On disk when it returns: written aside, then moved. Raises `OSError`."""
    folder = folder_of(root, upload.id)
    make_private(folder)
    aside = folder / f"{RECORD}.new"
    with aside.open("wb") as file:
        file.write(msgspec.json.encode(upload))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / RECORD)
    sync(folder)


def sync(folder: Path) -> None:
    """The names in a folder are on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def every(root: Path) -> Iterator[Upload]:
    """All uploads on disk; what a killed server left half made is removed."""
    make_private(root)
    for folder in sorted(root.iterdir()):
        try:
            yield from_json((folder / RECORD).read_bytes(), Upload)
        except (OSError, msgspec.DecodeError):
            shutil.rmtree(folder, ignore_errors=True)


def drop_bytes(root: Path, upload_id: str) -> None:
    """The record stays, so that who asks hears what became of it."""
    folder = folder_of(root, upload_id)
    for name in (DATA, UNVERIFIED):
        (folder / name).unlink(missing_ok=True)


def forget(root: Path, upload_id: str) -> None:
    """Nothing stays."""
    shutil.rmtree(folder_of(root, upload_id), ignore_errors=True)
