"""What people's edits and decisions change in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codek7.catalog.migrations import TABLES_OF_A_SOURCE, TABLES_OF_AN_ASSET
from codek7.catalog.statements import Change, Row, Statement
from codek7.core.events import AssetDecided, AssetEdited, AssetRemoved, VersionMoved
from codek7.core.ports import WITHDRAWN_US
from codek7.core.values import to_json

if TYPE_CHECKING:
    from codek7.catalog.effects import At


def edited(event: AssetEdited, at: At) -> Iterator[Change]:
    """The new values."""
    changes = event.edit.changes()
    if "custom" in changes:
        changes["custom"] = to_json(changes["custom"]).decode()
    if "tags" in changes:
        changes["tags"] = list(changes["tags"])
    assigned = ", ".join(f"{column} = ?" for column in [*changes, "updated_us"])
    yield Statement(
        f"UPDATE asset SET {assigned} WHERE id = ?",  # noqa: S608  # fields of Edit
        (*changes.values(), at.now_us, event.asset_id),
    )


def decided(event: AssetDecided, at: At) -> Iterator[Change]:
    """The decision stands beside the moderators' verdicts; what is blocked is published nowhere."""
    yield Row(
        "verdict",
        {"asset_id": event.asset_id, "job_id": at.job_id, "moderator": f"person:{event.by}",
         "decision": event.decision, "reason": event.reason, "spans": [], "given_us": at.now_us},
    )  # fmt: skip
    yield Statement(
        "UPDATE asset SET decision = ?, updated_us = ? WHERE id = ?",
        (event.decision, at.now_us, event.asset_id),
    )
    if event.decision == "block":
        yield _withdrawn(event.asset_id)
        yield Statement(
            "UPDATE asset SET state = 'refused', reason = ?, version = '', playlist = '', height = 0, "
            "rotation = ? WHERE id = ?",
            (event.reason or "a moderator blocked it", event.rotation, event.asset_id),
        )


def moved(event: VersionMoved, at: At) -> Iterator[Change]:
    """The version goes on under its new name, with all that was known of it; those before are taken back."""
    asset_id, was, version = event.asset_id, event.was, event.version
    yield Statement(
        "INSERT INTO version SELECT * REPLACE (? AS version, ? AS playlist, ? AS url) FROM version "
        "WHERE asset_id = ? AND version = ?",
        (version, event.playlist, event.url, asset_id, was),
    )
    yield _withdrawn(asset_id, but=version)
    for table in ("rendition", "measurement", "playback_record"):
        yield Statement(
            f"UPDATE {table} SET version = ? WHERE asset_id = ? AND version = ?",  # noqa: S608  # our names
            (version, asset_id, was),
        )
    yield Statement(
        "UPDATE asset SET version = ?, playlist = ?, rotation = ?, updated_us = ? WHERE id = ?",
        (version, event.playlist, event.rotation, at.now_us, asset_id),
    )


def removed(event: AssetRemoved, _: At) -> Iterator[Change]:
    """Every row but the one in the history that says so. What was tried of a source goes with its last
    asset."""
    for table in TABLES_OF_A_SOURCE:
        yield Statement(
            f"DELETE FROM {table} "  # noqa: S608  # our names
            "WHERE source_sha256 = (SELECT sha256 FROM source WHERE asset_id = ?) "
            "AND (SELECT count(*) FROM source WHERE sha256 = source_sha256) = 1",
            (event.asset_id,),
        )
    for table in TABLES_OF_AN_ASSET:
        yield Statement(f"DELETE FROM {table} WHERE asset_id = ?", (event.asset_id,))  # noqa: S608  # our names
    yield Statement("DELETE FROM asset WHERE id = ?", (event.asset_id,))


def _withdrawn(asset_id: str, but: str = "") -> Statement:
    return Statement(
        "UPDATE version SET current = false, retired_us = ? WHERE asset_id = ? AND version <> ?",
        (WITHDRAWN_US, asset_id, but),
    )
