"""Whether there is room for an upload: for it alone, for its key, for all, and on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from codek7.core.errors import QuotaReached, UploadTooBig
from codek7.core.settings import Uploads as Limits
from codek7.hub import Hub

MOST_OPEN = 1_000
"""Unfinished uploads of one key: each is a folder, however few bytes it has."""

_KEPT = (
    "SELECT asset.owner, CAST(sum(source.size_bytes) AS BIGINT) FROM source "
    "JOIN asset ON asset.id = source.asset_id GROUP BY asset.owner"
)


class Claim(NamedTuple):
    """What an unfinished upload may still come to. `size_bytes`: as announced, or what is here."""

    owner: str
    size_bytes: int
    missing_bytes: int


def kept_of(hub: Hub) -> Callable[[], Mapping[str, int]]:
    """How many bytes of sources each owner has, asked of the catalog."""
    return lambda: {str(owner): int(size) for owner, size in hub.catalog.query(_KEPT, limit=1_000_000).rows}


def check_size(size_bytes: int, most: int) -> None:
    """Raises `UploadTooBig`."""
    if most and size_bytes > most:
        raise UploadTooBig(
            f"the upload has {size_bytes} bytes, more than the limit of {most}",
            hint="send a smaller file, or ask for a higher limit",
        )


def check_room(
    size_bytes: int, owner: str, limits: Limits, claims: Iterable[Claim], kept: Mapping[str, int], disk: Path
) -> None:
    """Before an upload begins. `kept`: bytes of sources by owner. Raises `UploadTooBig`, `QuotaReached`."""
    check_size(size_bytes, limits.max_bytes)
    claims = list(claims)
    own = [claim for claim in claims if claim.owner == owner]
    if len(own) >= MOST_OPEN:
        raise QuotaReached(f"{len(own)} uploads of this key are unfinished", hint="finish or remove some")
    check_quotas(size_bytes, owner, limits, claims, kept)
    _check_free(size_bytes + sum(claim.missing_bytes for claim in claims), limits.keep_free_bytes, disk)


def check_quotas(
    size_bytes: int, owner: str, limits: Limits, claims: Iterable[Claim], kept: Mapping[str, int]
) -> None:
    """Whether more bytes fit the key and the server. Raises `QuotaReached`."""
    claims = list(claims)
    own = [claim for claim in claims if claim.owner == owner]
    _check_quota("this key", size_bytes, limits.max_key_bytes, own, kept.get(owner, 0))
    _check_quota("this server", size_bytes, limits.max_total_bytes, claims, sum(kept.values()))


def check_disk(limits: Limits, disk: Path) -> None:
    """While bytes come: others fill the disk, too. Raises `QuotaReached`."""
    _check_free(0, limits.keep_free_bytes, disk)


def _check_quota(whose: str, size_bytes: int, most: int, claims: Iterable[Claim], kept: int) -> None:
    if not most:
        return
    used = kept + sum(claim.size_bytes for claim in claims)
    if used + size_bytes > most:
        raise QuotaReached(
            f"{size_bytes} bytes do not fit: {used} of the {most} of {whose} are taken",
            hint="remove assets or unfinished uploads, or ask for more room",
        )


def _check_free(size_bytes: int, keep_free: int, disk: Path) -> None:
    free = shutil.disk_usage(disk).free
    if free - size_bytes < keep_free:
        raise QuotaReached(
            f"the server's disk has {free} bytes left, and keeps {keep_free} free",
            hint="what came before is kept: go on when there is space",
        )
