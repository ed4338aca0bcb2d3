"""A file that was uploaded becomes an asset with a job."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePath

from codek7.core.assets import Asset, Visibility, clean_title, new_id
from codek7.core.edits import Edit, clean_edit
from codek7.core.errors import AssetNotFound, PolicyUnknown
from codek7.core.events import AssetTakenIn, JobQueued
from codek7.core.folders import make_private
from codek7.core.jobs import JobRequest
from codek7.core.media import Source
from codek7.hub import Hub

SUFFIXES = frozenset({
    ".3gp", ".aac", ".avi", ".flac", ".flv", ".m2ts", ".m4a", ".m4v", ".mkv", ".mov", ".mp3", ".mp4", ".mpeg",
    ".mpg", ".mts", ".mxf", ".ogg", ".ogv", ".opus", ".ts", ".vob", ".wav", ".webm", ".wmv",
})  # fmt: skip
"""Kept of an uploaded file's name; nothing else of it reaches the file system."""
_TEXTS = ("description", "category", "language")


def known_policy(hub: Hub, name: str) -> str:
    """The policy to use. Only its name is taken from outside, never a file. Raises `PolicyUnknown`."""
    known = hub.hooks.policies()
    if name and name not in known:
        raise PolicyUnknown(f"there is no policy {name!r}", hint=f"there are {', '.join(sorted(known))}")
    return name or hub.settings.policy


def sources_of(home: Path, asset_id: str) -> Path:
    """The folder with what was uploaded for an asset."""
    return home / "sources" / asset_id


def take_in(
    hub: Hub,
    path: Path,
    *,
    filename: str,
    title: str,
    visibility: Visibility,
    owner: str,
    sha256: str,
    size_bytes: int,
    policy: str,
    metadata: Mapping[str, str],
    asset_id: str,
    job_id: str,
) -> Asset:
    """Take over a file and queue a job, both or neither: killed in between, it can be done again with the
    same `asset_id`, and changes nothing where it was done. Raises `UsageError` for texts that do not fit."""
    with suppress(AssetNotFound):
        if asset_id:
            known = hub.catalog.asset(asset_id)
            path.unlink(missing_ok=True)
            return known
    asset_id = asset_id or new_id()
    request = JobRequest(policy=known_policy(hub, policy))
    said = clean_edit(edit_of(metadata))
    name = PurePath(filename.replace("\\", "/"))
    kept = _keep(path, sources_of(hub.home, asset_id), name.suffix.lower())
    taken = AssetTakenIn(
        asset_id=asset_id,
        source=Source(uri=str(kept), sha256=sha256, size_bytes=size_bytes),
        title=clean_title(title) or clean_title(name.stem) or "untitled",
        owner=owner,
        policy=request.policy,
        visibility=visibility,
        **said.changes(),
    )
    queued = JobQueued(asset_id=asset_id, request=request, owner=owner)
    hub.catalog.apply(job_id, [taken, queued])
    path.unlink(missing_ok=True)
    return hub.catalog.asset(asset_id)


def edit_of(metadata: Mapping[str, str]) -> Edit:
    """The texts that assets have, and the rest as custom ones."""
    tags = tuple(tag.strip() for tag in metadata.get("tags", "").split(",") if tag.strip())
    custom = {name: value for name, value in metadata.items() if name not in (*_TEXTS, "tags")}
    return Edit(
        description=metadata.get("description"),
        category=metadata.get("category"),
        language=metadata.get("language"),
        tags=tags or None,
        custom=custom or None,
    )


def _keep(path: Path, folder: Path, suffix: str) -> Path:
    """The file under its own name, on disk; it also stays where it was until its asset is in the catalog."""
    make_private(folder)
    kept = folder.absolute() / f"source{suffix if suffix in SUFFIXES else ''}"
    kept.unlink(missing_ok=True)
    try:
        os.link(path, kept)
    except OSError:  # another file system
        shutil.copyfile(path, kept)
        with kept.open("rb") as file:
            os.fsync(file.fileno())
    for each in (folder, folder.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return kept


def sweep_sources(hub: Hub) -> None:
    """Remove uploaded files of assets that are not there: removed, or never made."""
    for folder in (hub.home / "sources").glob("*"):
        try:
            hub.catalog.asset(folder.name)
        except AssetNotFound:
            shutil.rmtree(folder, ignore_errors=True)
